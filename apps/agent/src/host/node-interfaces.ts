/** The interfaces of a node and the addresses that they have, for host endpoints: as the kernel has them now. */
import type { NodeView } from '@margay/dataplane'
import { type Link, RouteSocket, watchRouting } from '@margay/netlink'
import { type Ip, parseIp } from '@margay/netset'

export type InterfaceView = Omit<NodeView, 'name'>

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
  #known: InterfaceView | undefined

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
  view(): InterfaceView {
    this.#known ??= this.#read()
    return this.#known
  }

  close(): void {
    this.#watch.close()
    this.#routing.close()
  }

  #read(): InterfaceView {
    const addresses = ([4, 6] as const).flatMap((family) => this.#routing.addresses(family))
    const byIndex = Map.groupBy(addresses, ({ index }) => index)
    const links = this.#routing.links()
    const handing = handingOn(links)
    return {
      interfaces: links.map(({ index, name }) => ({
        name,
        index,
        handsOn: handing.has(index),
        addresses: (byIndex.get(index) ?? [])
          .map(({ address }) => parseIp(address))
          .filter((ip) => ip !== undefined),
      })),
      linkLocals: new Map(links.flatMap((link) => this.#linkLocalBehind(link))),
    }
  }

  /** Of the other end of a veth pair, which is a pod's. */
  #linkLocalBehind(link: Link): [string, Ip][] {
    const mac = link.kind === 'veth' ? this.#routing.peerOf(link)?.mac : undefined
    const address = mac === undefined ? undefined : linkLocalOf(mac)
    return address === undefined ? [] : [[link.name, address]]
  }
}

/**
 * Those whose frames, or some of them, come to other devices before IP sees them. Not so in a VRF, nor with tagged frames. Devices in
 * other namespaces that are made of one of these can't be seen from here.
 */
export function handingOn(links: readonly LinkPlace[]): ReadonlySet<number> {
  const kinds = new Map(links.map(({ index, kind }) => [index, kind]))
  return new Set(
    links.flatMap(({ index, kind, master, lower, lowerNamespace }) => [
      ...(master !== undefined && kinds.get(master) !== 'vrf' ? [index] : []),
      ...(lower !== undefined && lowerNamespace === undefined && stacked.has(kind ?? '') ? [lower] : []),
    ]),
  )
}

type LinkPlace = Pick<Link, 'index' | 'kind' | 'master' | 'lower' | 'lowerNamespace'>

const stacked: ReadonlySet<string> = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap'])

/** As the kernel makes it of a MAC address unless it is told otherwise. Source: RFC 4291, appendix A. */
export function linkLocalOf(mac: string): Ip | undefined {
  const [first, ...octets] = mac.split(':').map((octet) => Number.parseInt(octet, 16))
  if (first === undefined || octets.length !== 5) return undefined
  const interfaceId = [first ^ 2, ...octets.slice(0, 2), 0xff, 0xfe, ...octets.slice(2)]
  const value = interfaceId.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
  return { version: 6, value: (0xfe80n << 112n) | value }
}
