/** Which pods run as a service account. */
import type { Delta, Endpoint } from '@margay/policy'

const nobody: ReadonlySet<never> = new Set()

export class Accounts {
  readonly #pods = new Map<string, Set<Endpoint>>()

  /** Cost: what changed. */
  update({ gone, come }: Delta<Endpoint>): void {
    for (const pod of gone) this.#leave(pod)
    for (const pod of come) this.#enter(pod)
  }

  /** By `namespace/account`. */
  of(account: string): ReadonlySet<Endpoint> {
    return this.#pods.get(account) ?? nobody
  }

  #enter(pod: Endpoint): void {
    const account = accountOf(pod)
    const pods = this.#pods.get(account)
    if (pods === undefined) this.#pods.set(account, new Set([pod]))
    else pods.add(pod)
  }

  #leave(pod: Endpoint): void {
    const account = accountOf(pod)
    const pods = this.#pods.get(account)
    pods?.delete(pod)
    if (pods?.size === 0) this.#pods.delete(account)
  }
}

/** As `namespace/account`. Policy gave the label, and nobody else can. */
export function accountOf({ namespace, labels }: Endpoint): string {
  return [namespace, labels.get('projectcalico.org/serviceaccount')].join('/')
}
