/** Policies of all kinds, while they, and what they name, come and go. */
import type { Node, Resource } from '@margay/resources'
import { enforcedForm } from '../analyze/enforced-form.ts'
import {
  type LoweringContext,
  lowerClusterNetworkPolicy,
  lowerGlobalNetworkPolicy,
  lowerKubernetesNetworkPolicy,
  lowerNetworkPolicy,
  type PolicyProblem,
} from '../lower/lower-policy.ts'
import { LoweredPeers } from '../lower/lowered-peers.ts'
import type { Policy, PolicyRef } from '../model/policy.ts'
import type { AddressSets } from './address-set.ts'
import { type Delta, isEmpty } from './delta.ts'
import { Lowered } from './lowered.ts'
import type { Problems } from './problems.ts'
import type { PolicyResource } from './resource-table.ts'
import { usesOf } from './rule-uses.ts'
import type { ServiceSets } from './service-set.ts'
import { refOfStaged, StagedPolicies, type StagedPolicy, type StagedResource } from './staged-policies.ts'

export interface PolicyChanges {
  readonly policies: Delta<PolicyResource>
  readonly stagedPolicies: Delta<StagedResource>
  readonly nodes: Delta<Node>
}

/** What policies are lowered with. */
export interface PolicySources {
  readonly sets: AddressSets
  readonly services: ServiceSets
  /** Asked for only where a policy names nodes. */
  readonly nodes: () => readonly Node[]
  /** Told of what is not understood. */
  readonly problems: Problems<PolicyProblem>
}

export class LivePolicies {
  readonly #from: PolicySources
  readonly #enforced = new Lowered((resource: PolicyResource) => this.#lower(resource, resource))
  readonly #staged = new Lowered((resource: StagedResource) => this.#lowerStaged(resource))
  readonly #overlay = new StagedPolicies()
  readonly #namingNodes = new Set<PolicyResource>()
  /** Of this update: the sets that they name are kept only as long as a policy uses them. */
  #peers = new LoweredPeers()

  constructor(from: PolicySources) {
    this.#from = from
  }

  /** How the policies changed that are enforced, and how those that would be if the staged ones were. `stale`: whose services changed. */
  update(
    { policies, stagedPolicies, nodes }: PolicyChanges,
    stale: ReadonlySet<unknown>,
  ): { readonly enforced: Delta<Policy>; readonly staged: Delta<Policy> } {
    for (const it of policies.gone) this.#leave(it, this.#enforced.of(it))
    for (const it of stagedPolicies.gone) this.#leave(it, this.#staged.of(it)?.policy)
    for (const it of policies.come) if (namesNodes(it)) this.#namingNodes.add(it)
    this.#peers = new LoweredPeers()
    const again = isEmpty(nodes) ? stale : [...stale, ...this.#namingNodes]
    const enforced = this.#enforced.update(policies, again)
    const staged = this.#staged.update(stagedPolicies, stale)
    this.#from.sets.retain(setsOf([...enforced.come, ...staged.come.map(({ policy }) => policy)]))
    this.#from.sets.release(setsOf([...enforced.gone, ...staged.gone.map(({ policy }) => policy)]))
    this.#peers = new LoweredPeers()
    return { enforced, staged: this.#overlay.update(this.#enforced, enforced, staged) }
  }

  #leave(resource: PolicyResource | StagedResource, policy: Policy | undefined): void {
    this.#from.problems.set(resource, [])
    if (policy !== undefined) this.#from.services.release(usesOf(policy).services, resource)
    this.#namingNodes.delete(resource as PolicyResource)
  }

  /** Its problems are those of the staged kind. */
  #lowerStaged(staged: StagedResource): StagedPolicy {
    const ref = refOfStaged(staged)
    const form = enforcedForm(staged)
    const policy = form === undefined ? undefined : this.#lower(staged, form, ref)
    return { ref, policy: policy === undefined ? undefined : { ...policy, ref } }
  }

  /** `key` is what a person wrote, and `resource` what is enforced of it; problems are those of `ref`, or of the policy itself. */
  #lower(key: PolicyResource | StagedResource, resource: Resource, ref?: PolicyRef): Policy | undefined {
    const { sets, services, nodes, problems } = this.#from
    const found: PolicyProblem[] = []
    const context = {
      sets,
      services,
      peers: this.#peers,
      nodes: namesNodes(resource) ? nodes() : [],
      report: ({ policy, message }: PolicyProblem) => found.push({ policy: ref ?? policy, message }),
    }
    const policy = lowerPolicy(resource, context)
    problems.set(key, found)
    if (policy !== undefined) services.retain(usesOf(policy).services, key)
    return policy
  }
}

function setsOf(policies: readonly (Policy | undefined)[]) {
  return policies.flatMap((policy) => (policy === undefined ? [] : usesOf(policy).sets))
}

/** Source: spec/api.md 5.5; only peers of egress rules can be nodes. */
function namesNodes(resource: Resource): boolean {
  if (resource.kind !== 'ClusterNetworkPolicy') return false
  return (resource.spec.egress ?? []).some(({ to }) => to.some(({ nodes }) => nodes !== undefined))
}

/** Undefined for what is no policy, and for a policy that is as if it did not exist. */
function lowerPolicy(resource: Resource, context: LoweringContext): Policy | undefined {
  switch (resource.kind) {
    case 'NetworkPolicy':
      if (resource.apiVersion === 'projectcalico.org/v3') return lowerNetworkPolicy(resource, context)
      return lowerKubernetesNetworkPolicy(resource, context)
    case 'GlobalNetworkPolicy':
      return lowerGlobalNetworkPolicy(resource, context)
    case 'ClusterNetworkPolicy':
      return lowerClusterNetworkPolicy(resource, context)
    default:
      return undefined
  }
}
