/**
 * Brings the kernel to what is desired, and remembers what is there.
 *
 * What an earlier process left keeps enforcing until the first desired state is known, and is then replaced in one
 * transaction. After a failed transaction nothing has changed in the kernel, but what is there counts as unknown.
 */
import { type NftTable, renderDelta } from '@margay/dataplane'
import type { NftDriver } from './nft-driver.ts'

export class Enforcer {
  readonly #driver: NftDriver
  #known: NftTable | undefined

  constructor(driver: NftDriver) {
    this.#driver = driver
  }

  /** True when something had to be changed. Not to be called again before it settled. @throws NftError */
  async enforce(desired: NftTable): Promise<boolean> {
    const commands = renderDelta(
      this.#known === undefined
        ? { kind: 'NamesOnly', ...(await this.#driver.list()) }
        : { kind: 'Exact', table: this.#known },
      desired,
    )
    this.#known = undefined
    if (commands !== '') await this.#driver.apply(commands)
    this.#known = desired
    return commands !== ''
  }
}
