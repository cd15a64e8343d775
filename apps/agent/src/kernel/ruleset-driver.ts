import type { Batch } from '@margay/dataplane'
import type { Ruleset, Table } from '@margay/netlink/nftables'

/** The one seam to the kernel's packet filter: what is there, one batch at a time, and word of what others do. */
export interface RulesetDriver {
  /** Those of the tables that there are. @throws NetlinkError */
  read(tables: readonly Table[]): Ruleset
  /** Makes all changes or none. @throws NftablesError */
  commit(batch: Batch): void
  /** A number that each transaction of anybody, on whichever table, counts up by one. @throws NetlinkError */
  generation(): number
  /** Tells in one line who changed one of the tables, or may have; not of our own batches. Returns what ends it. */
  watch(tables: readonly Table[], onChange: (who: string) => void): () => void
  close(): void
}
