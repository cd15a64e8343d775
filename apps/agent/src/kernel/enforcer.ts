/**
 * Brings the kernel to what is desired, and remembers what is there.
 *
 * What an earlier process left keeps enforcing until the first desired state is known, and is then replaced in one
 * transaction, before which new chains were made ready. After a failed transaction what is there counts as unknown.
 */
import { type NftTable, renderTransactions } from '@margay/dataplane'
import type { NftDriver } from './nft-driver.ts'

export class Enforcer {
  readonly #driver: NftDriver
  #known: NftTable | undefined

  constructor(driver: NftDriver) {
    this.#driver = driver
  }

  /** True when something had to be changed. Not to be called again before it settled. @throws NftError */
  async enforce(desired: NftTable): Promise<boolean> {
    const transactions = renderTransactions(
      this.#known === undefined
        ? { kind: 'NamesOnly', ...(await this.#driver.list()) }
        : { kind: 'Exact', table: this.#known },
      desired,
    )
    this.#known = undefined
    for (const commands of transactions) await this.#driver.apply(commands)
    this.#known = desired
    return transactions.length > 0
  }
}
