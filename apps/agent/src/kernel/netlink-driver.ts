/** The driver on a netlink socket, in this network namespace or in a named one. */
import type { Batch } from '@margay/dataplane'
import { type ForeignChange, Nftables } from '@margay/netlink'
import type { Ruleset, Table } from '@margay/netlink/nftables'
import type { RulesetDriver } from './ruleset-driver.ts'

export class NetlinkDriver implements RulesetDriver {
  readonly #nftables: Nftables

  /** `netns` is a name as `ip netns` knows it. @throws SyscallError when there is no such socket to be had */
  constructor(netns?: string) {
    this.#nftables = Nftables.open(netns === undefined ? {} : { netns })
  }

  read(tables: readonly Table[]): Ruleset {
    return tables.map((table) => this.#nftables.read(table)).filter((content) => content !== undefined)
  }

  commit(batch: Batch): void {
    this.#nftables.commit(batch)
  }

  generation(): number {
    return this.#nftables.generation()
  }

  watch(tables: readonly Table[], onChange: (who: string) => void): () => void {
    const { stop } = this.#nftables.watch((change) => {
      const who = whoChanged(change, tables)
      if (who !== undefined) onChange(who)
    })
    return stop
  }

  close(): void {
    this.#nftables.close()
  }
}

/** Undefined when it was about other people's tables. */
function whoChanged(change: ForeignChange, tables: readonly Table[]): string | undefined {
  if (change.kind === 'lost') return 'somebody'
  const isOurs = change.objects.some(({ table }) =>
    tables.some(({ family, name }) => table.family === family && table.name === name),
  )
  return isOurs ? `${change.processName} (process ${change.processId})` : undefined
}
