/**
 * Brings the kernel to what is desired, and remembers what is there.
 *
 * What an earlier process left keeps enforcing until the first desired state is known; then it is read, and only the difference is
 * sent. After a failed batch, or a change by others, what is there counts as unknown, and is read again.
 */
import { type Batch, changesBetween, table } from '@margay/dataplane'
import type { Ruleset, Table } from '@margay/netlink/nftables'
import type { RulesetDriver } from './ruleset-driver.ts'

/** All that we may ever have made; a table that is not desired any more is removed. */
export const ourTables: readonly Table[] = [table('inet'), table('arp'), table('netdev')]

export class Enforcer {
  readonly #driver: RulesetDriver
  #known: Ruleset | undefined

  constructor(driver: RulesetDriver) {
    this.#driver = driver
  }

  /** True when something had to be changed. @throws NftablesError, NetlinkError */
  enforce(desired: Ruleset): boolean {
    const batches = this.difference(desired)
    this.#known = undefined
    for (const batch of batches) this.#driver.commit(batch)
    this.#known = desired
    return batches.length > 0
  }

  /** What `enforce` would send. @throws NetlinkError */
  difference(desired: Ruleset): readonly Batch[] {
    return changesBetween(this.#known ?? this.#driver.read(ourTables), desired)
  }

  /** Others may have changed what is there. */
  forget(): void {
    this.#known = undefined
  }
}
