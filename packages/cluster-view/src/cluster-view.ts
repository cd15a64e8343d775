/** What this node's policy depends on, as the API last told it. */
import { type InformerChange, isForbidden, isNotFound } from '@margay/client'
import type { ResourceChange } from '@margay/policy'
import { type KindDefinition, kindDefinitions, type Resource } from '@margay/resources'
import { KindView } from './kind-view.ts'

const watchedKinds = [
  'v1/Namespace',
  'v1/ServiceAccount',
  'v1/Node',
  'v1/Pod',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy',
  'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy',
  'policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy',
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

/** What the operator is told of encryption: where there is no operator, a server need not have the kind. */
const operatorKinds = ['operator.tigera.io/v1/Installation']

/**
 * A field that this version does not know may narrow a rule: without it the rule would allow more. Other kinds may have
 * fields that do not concern us.
 */
const decides = new Set([
  'networking.k8s.io/v1/NetworkPolicy',
  'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy',
  'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy',
  'policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy',
  'projectcalico.org/v3/NetworkPolicy',
  'projectcalico.org/v3/GlobalNetworkPolicy',
  'projectcalico.org/v3/Profile',
  ...stagedKinds,
])

/** The kinds that have a part in enforcement or encryption, and those that are counted. */
export const policyKinds: readonly KindDefinition[] = kindDefinitions.filter(
  (kind) => watchedKinds.includes(keyOfKind(kind)) || isOptionalKind(kind),
)

/** May the server be without it? */
export function isOptionalKind(kind: Pick<KindDefinition, 'apiVersion' | 'kind'>): boolean {
  return isStagedKind(kind) || operatorKinds.includes(keyOfKind(kind))
}

/**
 * Can everything else go on, although listing these failed in this way? What is only counted holds up nothing. What may ask for
 * encryption does, until the server says that it has none of it, or has it not for this agent: nothing is sent in the clear
 * because a server is slow.
 */
export function canDoWithout(kind: Pick<KindDefinition, 'apiVersion' | 'kind'>, failure: unknown): boolean {
  if (failure === undefined) return false
  if (isStagedKind(kind)) return true
  return isOptionalKind(kind) && (isNotFound(failure) || isForbidden(failure))
}

/** Is it counted, and never enforced? */
export function isStagedKind(kind: Pick<KindDefinition, 'apiVersion' | 'kind'>): boolean {
  return stagedKinds.includes(keyOfKind(kind))
}

/** As `v1/Node`. */
export function keyOfKind({ apiVersion, kind }: Pick<KindDefinition, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`
}

export class ClusterView {
  readonly #views = new Map<string, KindView>()
  readonly #report: (problem: string) => void

  /** `report` takes one line for each object that can't be understood. */
  constructor(report: (problem: string) => void) {
    this.#report = report
  }

  get resources(): Iterable<Resource> {
    return this.#views.values().flatMap((view) => view.resources)
  }

  /** Of the objects as they are now, a line for each that can't be understood. */
  get problems(): Iterable<string> {
    return this.#views.values().flatMap((view) => view.problems)
  }

  /** False: it is nothing that policy reads, as the heartbeat of a node; then the object stays the one that it was. */
  take(kind: KindDefinition, change: InformerChange): boolean {
    return change.type === 'synced' || this.#viewOf(keyOfKind(kind)).take(change)
  }

  /** What changed since the last time, each object once: from what it was then to what it is now. */
  takeChanges(): ResourceChange[] {
    return [...this.#views.values()].flatMap((view) => view.takeChanges())
  }

  #viewOf(name: string): KindView {
    const known = this.#views.get(name)
    if (known !== undefined) return known
    const unknownFields = decides.has(name) ? 'reject' : 'drop'
    const made = new KindView({ name, unknownFields, report: this.#report })
    this.#views.set(name, made)
    return made
  }
}
