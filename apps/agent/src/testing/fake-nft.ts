/** A kernel in memory, for the agent's tests. */
import type { Batch } from '@margay/dataplane'
import type { Ruleset } from '@margay/netlink/nftables'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'

/** Records batches; fails as often as it is told to. */
export class FakeNft implements RulesetDriver {
  readonly batches: Batch[] = []
  failures = 0
  reads = 0
  /** What the kernel is found with. */
  found: Ruleset = []
  /** Of somebody else. */
  foreignChanges = 0
  /** Tells the agent that somebody changed its tables. */
  tamper: (who: string) => void = () => {}

  read(): Ruleset {
    this.reads++
    return this.found
  }

  commit(batch: Batch): void {
    if (this.failures > 0) {
      this.failures--
      throw new Error('nftables: busy')
    }
    this.batches.push(batch)
  }

  generation(): number {
    return this.batches.length + this.foreignChanges
  }

  watch(_: unknown, onChange: (who: string) => void): () => void {
    this.tamper = onChange
    return () => {}
  }

  close(): void {}
}
