/** The interfaces of a node and the addresses that they have, for host endpoints: as the kernel has them now. */
import { RouteSocket, watchRouting } from '@margay/netlink'
import { parseIp } from '@margay/netset'
import type { NodeInterface } from '@margay/policy'

export interface NodeInterfacesOptions {
  /** As `ip netns` knows it; without it, the process's own. */
  readonly netns?: string
  /** Interfaces or addresses may have come or gone. */
  readonly onChange: () => void
  readonly log: (line: string) => void
}

export class NodeInterfaces {
  readonly #routing: RouteSocket
  readonly #watch: { close(): void }
  #known: readonly NodeInterface[] | undefined

  /** @throws SyscallError */
  constructor({ netns, onChange, log }: NodeInterfacesOptions) {
    this.#routing = RouteSocket.open(netns)
    const forget = () => {
      this.#known = undefined
      onChange()
    }
    this.#watch = watchRouting({
      ...(netns === undefined ? {} : { netns }),
      kinds: ['Link', 'Address'],
      onEvent: forget,
      onLost: forget,
      onError: (error) => log(`node: ${error instanceof Error ? error.message : String(error)}`),
    })
  }

  /** In the order of the kernel. @throws NetlinkError */
  list(): readonly NodeInterface[] {
    this.#known ??= this.#read()
    return this.#known
  }

  close(): void {
    this.#watch.close()
    this.#routing.close()
  }

  #read(): NodeInterface[] {
    const addresses = ([4, 6] as const).flatMap((family) => this.#routing.addresses(family))
    const byIndex = Map.groupBy(addresses, ({ index }) => index)
    return this.#routing.links().map(({ index, name }) => ({
      name,
      addresses: (byIndex.get(index) ?? [])
        .map(({ address }) => parseIp(address))
        .filter((ip) => ip !== undefined),
    }))
  }
}
