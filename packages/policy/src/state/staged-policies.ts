/**
 * What policy would be if the staged policies were enforced: each takes the place of the policy of its name, and one that
 * deletes takes that away. Source: spec/api.md 1.3 and 7.
 */
import type { PolicyKind, Resource } from '@margay/resources'
import { enforcedKind } from '../lower/order.ts'
import type { Policy, PolicyRef } from '../model/policy.ts'
import type { Delta } from './delta.ts'

export type StagedResource = Extract<Resource, { readonly kind: `Staged${string}` }>

/** What a staged resource puts in the place of the policy of its name. */
export interface StagedPolicy {
  /** Of the staged kind, so that a decision names that. */
  readonly ref: PolicyRef
  /** Undefined: nothing, so that the policy of its name goes. */
  readonly policy: Policy | undefined
}

/** Follows the policies that there would be. */
export class StagedPolicies {
  readonly #byIdentity = new Map<string, StagedPolicy>()

  /** How they changed: as the enforced ones, the same object, where there is nothing staged. `enforced`: all of those that there are now; they are looked through when a staged one comes or goes. */
  update(
    enforced: Iterable<Policy>,
    policies: Delta<Policy>,
    { gone, come }: Delta<StagedPolicy>,
  ): Delta<Policy> {
    if (this.#byIdentity.size === 0 && come.length === 0) return policies
    const shownBefore = policies.gone.filter((policy) => !this.#hides(policy))
    const names = [...gone, ...come].map(({ ref }) => identityOf(ref))
    const hiddenBefore = new Set(names.filter((name) => this.#byIdentity.has(name)))
    for (const { ref } of gone) this.#byIdentity.delete(identityOf(ref))
    for (const it of come) this.#byIdentity.set(identityOf(it.ref), it)
    const shownAfter = policies.come.filter((policy) => !this.#hides(policy))
    const turned = new Set(names.filter((name) => hiddenBefore.has(name) !== this.#byIdentity.has(name)))
    const came = new Set(policies.come)
    const others = named(turned, enforced).filter((policy) => !came.has(policy))
    return {
      gone: [...shownBefore, ...policiesOf(gone), ...others.filter((it) => this.#hides(it))],
      come: [...shownAfter, ...policiesOf(come), ...others.filter((it) => !this.#hides(it))],
    }
  }

  #hides({ ref }: Policy): boolean {
    return this.#byIdentity.size > 0 && this.#byIdentity.has(identityOf(ref))
  }
}

/** `identities` end in the name. Most policies are passed over by that alone. */
function named(identities: ReadonlySet<string>, policies: Iterable<Policy>): Policy[] {
  if (identities.size === 0) return []
  const names = new Set([...identities].map((it) => it.slice(it.lastIndexOf('/') + 1)))
  return [...policies].filter(({ ref }) => names.has(ref.name) && identities.has(identityOf(ref)))
}

function policiesOf(staged: readonly StagedPolicy[]): Policy[] {
  return staged.map(({ policy }) => policy).filter((policy) => policy !== undefined)
}

export function refOfStaged({ kind, metadata: { name, namespace = '' } }: StagedResource): PolicyRef {
  return { kind: kind satisfies PolicyKind, namespace, name }
}

function identityOf({ kind, namespace, name }: PolicyRef): string {
  return `${enforcedKind(kind)} ${namespace}/${name}`
}
