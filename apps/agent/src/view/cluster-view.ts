/** What this node's policy depends on, as the API last told it: admitted, and closed where it can't be understood. */
import type { InformerChange } from '@margay/client'
import type { ResourceChange } from '@margay/policy'
import { admit, type KindDefinition, kindDefinitions, type Resource } from '@margay/resources'
import { closedPolicy } from './closed-policy.ts'
import { isSameForPolicy } from './same-for-policy.ts'

const watchedKinds = [
  'v1/Namespace',
  'v1/ServiceAccount',
  'v1/Node',
  'v1/Pod',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy',
  'projectcalico.org/v3/Tier',
  'projectcalico.org/v3/NetworkPolicy',
  'projectcalico.org/v3/GlobalNetworkPolicy',
  'projectcalico.org/v3/NetworkSet',
  'projectcalico.org/v3/GlobalNetworkSet',
  'projectcalico.org/v3/HostEndpoint',
  'projectcalico.org/v3/Profile',
  'projectcalico.org/v3/FelixConfiguration',
  'projectcalico.org/v3/IPPool',
  'discovery.k8s.io/v1/EndpointSlice',
]

/** They are counted and decide nothing: where a server does not have them, or refuses them, everything else is enforced. */
const stagedKinds = [
  'projectcalico.org/v3/StagedNetworkPolicy',
  'projectcalico.org/v3/StagedGlobalNetworkPolicy',
  'projectcalico.org/v3/StagedKubernetesNetworkPolicy',
]

/**
 * A field that this version does not know may narrow a rule: without it the rule would allow more. Other kinds may have
 * fields that do not concern us.
 */
const decides = new Set([
  'networking.k8s.io/v1/NetworkPolicy',
  'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy',
  'projectcalico.org/v3/NetworkPolicy',
  'projectcalico.org/v3/GlobalNetworkPolicy',
  'projectcalico.org/v3/Profile',
  ...stagedKinds,
])

/** The kinds that have a part in enforcement, and those that are counted. */
export const policyKinds: readonly KindDefinition[] = kindDefinitions.filter(
  (kind) => watchedKinds.includes(keyOfKind(kind)) || isStagedKind(kind),
)

/** Is it counted, and never enforced? */
export function isStagedKind(kind: Pick<KindDefinition, 'apiVersion' | 'kind'>): boolean {
  return stagedKinds.includes(keyOfKind(kind))
}

/** As `v1/Node`. */
export function keyOfKind({ apiVersion, kind }: Pick<KindDefinition, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`
}

export class ClusterView {
  readonly #resources = new Map<string, Resource>()
  readonly #problems = new Map<string, string>()
  readonly #report: (problem: string) => void
  /** What objects were that changed since changes were taken, by key. */
  #before = new Map<string, Resource | undefined>()

  /** `report` takes one line for each object that can't be understood. */
  constructor(report: (problem: string) => void) {
    this.#report = report
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values()
  }

  /** Of the objects as they are now, a line for each that can't be understood. */
  get problems(): Iterable<string> {
    return this.#problems.values()
  }

  /** False: it is nothing that policy reads, as the heartbeat of a node; then the object stays the one that it was. */
  take(kind: KindDefinition, change: InformerChange): boolean {
    if (change.type === 'synced') return true
    const key = `${keyOfKind(kind)} ${change.key}`
    const before = this.#resources.get(key)
    this.#problems.delete(key)
    if (change.type === 'deleted') this.#resources.delete(key)
    else this.#put(key, kind, change.object)
    if (this.#restore(key, before)) return false
    if (!this.#before.has(key)) this.#before.set(key, before)
    return true
  }

  /** What changed since the last time, each object once: from what it was then to what it is now. */
  takeChanges(): ResourceChange[] {
    const before = this.#before
    this.#before = new Map()
    return [...before]
      .filter(([key, old]) => !this.#restore(key, old))
      .map(([key, old]) => ({ before: old, after: this.#resources.get(key) }))
  }

  /** Where an object says the same as one before, that one is kept: others know it by identity. True if nothing changed. */
  #restore(key: string, before: Resource | undefined): boolean {
    const after = this.#resources.get(key)
    if (before === undefined || after === undefined) return before === after
    if (!isSameForPolicy(before, after)) return false
    this.#resources.set(key, before)
    return true
  }

  #put(key: string, kind: KindDefinition, object: unknown): void {
    const admission = admit(object, { unknownFields: decides.has(keyOfKind(kind)) ? 'reject' : 'drop' })
    if (admission.ok) {
      this.#resources.set(key, admission.resource)
      return
    }
    const [issue] = admission.issues
    const closed = closedPolicy(object)
    const problem = `${key}: ${issue?.path}: ${issue?.message}${closed === undefined ? '' : '; it denies instead'}`
    this.#problems.set(key, problem)
    this.#report(problem)
    if (closed === undefined) this.#resources.delete(key)
    else this.#resources.set(key, closed)
  }
}
