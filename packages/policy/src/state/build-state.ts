/** Builds the state that policy is evaluated on from resources that validated and defaulted. */
import {
  builtInTiers,
  defaultTierOrder,
  type Namespace,
  type Node,
  type Pod,
  type Resource,
  type ServiceAccount,
  serviceAccountOf,
  type Tier as TierResource,
} from '@margay/resources'
import {
  type Inheritance,
  lowerGlobalNetworkSet,
  lowerNetworkSet,
  lowerPod,
  type ObjectProblem,
} from '../lower/lower-endpoint.ts'
import { lowerHostEndpoint } from '../lower/lower-host-endpoint.ts'
import {
  type LoweringContext,
  lowerClusterNetworkPolicy,
  lowerGlobalNetworkPolicy,
  lowerKubernetesNetworkPolicy,
  lowerNetworkPolicy,
  type PolicyProblem,
} from '../lower/lower-policy.ts'
import { lowerProfile } from '../lower/lower-profile.ts'
import { lowerSettings } from '../lower/lower-settings.ts'
import { comparePolicies, compareTiers } from '../lower/order.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Policy, Tier } from '../model/policy.ts'
import { AddressSets, type Selectable } from './address-set.ts'
import { PolicyState } from './policy-state.ts'
import { type ResourceTable, tabulate } from './resource-table.ts'
import { RecordedServices, type ServiceSet, ServiceSets } from './service-set.ts'
import { withStaged } from './staged-policies.ts'

export interface BuiltState {
  readonly state: PolicyState
  /** What could not be understood, and therefore denies. */
  readonly problems: readonly PolicyProblem[]
  /** The same of objects that are no policies: the part that is not understood has no effect, or denies. */
  readonly objectProblems: readonly ObjectProblem[]
}

/** Staged policies are kept apart: they are previewed, not enforced. Cost: O(policies + endpoints): who selects whom is found out when it is asked. */
export function buildPolicyState(resources: Iterable<Resource>): BuiltState {
  return new StateBuilder().build(resources)
}

/** With what they depend on, beside the resource. */
interface LoweredPolicies {
  readonly policies: readonly Policy[]
  readonly problems: readonly PolicyProblem[]
  readonly services: ReadonlySet<ServiceSet>
  readonly nodes: readonly Node[]
}

interface LoweredPod {
  readonly namespace: Namespace | undefined
  readonly account: ServiceAccount | undefined
  readonly endpoint: Endpoint | undefined
  readonly problems: readonly ObjectProblem[]
}

/**
 * Builds one state after another, and lowers again only what has changed: a resource must be another object when it says something
 * else. What did not change is the same object in both states, but only the last state may still be asked.
 */
export class StateBuilder {
  #sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
  #policies = new WeakMap<Resource, LoweredPolicies>()
  readonly #pods = new WeakMap<Pod, LoweredPod>()
  readonly #tiers = new TierCache()
  readonly #stagedTiers = new TierCache()
  readonly #services = new ServiceSets()
  #nodes: readonly Node[] = []

  build(resources: Iterable<Resource>): BuiltState {
    const table = tabulate(resources)
    const inheritance = inheritanceOf(table)
    const problems: PolicyProblem[] = []
    const objectProblems: ObjectProblem[] = []
    if (!isSameList(this.#nodes, table.nodes)) this.#nodes = table.nodes
    this.#forgetOldSelectors(table)
    const selectable = this.#selectable(table, inheritance, objectProblems)
    this.#sets.use(selectable)
    this.#services.use(table.endpointSlices)
    const policies = table.policies.flatMap((it) => this.#lower(it, it, (problem) => problems.push(problem)))
    const withStagedOnes = withStaged(policies, {
      resources: table.stagedPolicies,
      lower: (form, ref, staged) =>
        this.#lower(staged, form, ({ message }) => problems.push({ policy: ref, message })),
    })
    const names = new Set(selectable.hostEndpoints.flatMap(({ profiles }) => profiles))
    const profiles = [...names].map((name) => {
      const report = (message: string) => objectProblems.push({ object: `Profile ${name}`, message })
      return lowerProfile(name, inheritance, {
        namespace: '',
        sets: this.#sets,
        services: this.#services,
        report,
      })
    })
    const state = new PolicyState({
      ...selectable,
      tiers: this.#tiers.build(table.tiers, policies),
      stagedTiers: this.#stagedTiers.build(table.tiers, withStagedOnes),
      profiles: new Map(profiles.map((profile) => [profile.name, profile])),
      settings: (node) => lowerSettings(node, table.configurations, table.nodes),
    })
    return { state, problems, objectProblems }
  }

  /** Selectors of policies that are gone would stay for ever. */
  #forgetOldSelectors({ policies }: ResourceTable): void {
    const rulesEach = 20
    if (this.#sets.size < 1000 + 2 * rulesEach * policies.length) return
    this.#sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
    this.#policies = new WeakMap()
  }

  #selectable(table: ResourceTable, inheritance: Inheritance, problems: ObjectProblem[]): Selectable {
    return {
      endpoints: table.pods
        .map((pod) => this.#lowerPod(pod, inheritance, problems))
        .filter((endpoint) => endpoint !== undefined),
      hostEndpoints: table.hostEndpoints.map((it) => lowerHostEndpoint(it, inheritance)),
      networkSets: [
        ...table.networkSets.map((set) => lowerNetworkSet(set, inheritance)),
        ...table.globalNetworkSets.map(lowerGlobalNetworkSet),
      ],
    }
  }

  /** A pod inherits from its namespace and its service account. */
  #lowerPod(pod: Pod, inheritance: Inheritance, problems: ObjectProblem[]): Endpoint | undefined {
    const { namespace: own = '' } = pod.metadata
    const namespace = inheritance.namespaces.get(own)
    const account = inheritance.serviceAccounts.get(`${own}/${serviceAccountOf(pod)}`)
    let known = this.#pods.get(pod)
    if (known === undefined || known.namespace !== namespace || known.account !== account) {
      const found: ObjectProblem[] = []
      const endpoint = lowerPod(pod, inheritance, (problem) => found.push(problem))
      known = { namespace, account, endpoint, problems: found }
      this.#pods.set(pod, known)
    }
    problems.push(...known.problems)
    return known.endpoint
  }

  /** `key` is what a person wrote, and `resource` what is enforced of it. */
  #lower(key: Resource, resource: Resource, report: (problem: PolicyProblem) => void): readonly Policy[] {
    const known = this.#policies.get(key)
    const lowered = known !== undefined && this.#isValid(known) ? known : this.#lowerAnew(resource)
    this.#policies.set(key, lowered)
    for (const problem of lowered.problems) report(problem)
    return lowered.policies
  }

  #lowerAnew(resource: Resource): LoweredPolicies {
    const problems: PolicyProblem[] = []
    const services = new RecordedServices(this.#services)
    const report = (problem: PolicyProblem) => problems.push(problem)
    const policies = lowerPolicy(resource, { sets: this.#sets, services, nodes: this.#nodes, report })
    return { policies, problems, services: services.resolved, nodes: this.#nodes }
  }

  #isValid({ services, nodes }: LoweredPolicies): boolean {
    return nodes === this.#nodes && [...services].every((set) => this.#services.isCurrent(set))
  }
}

function inheritanceOf(table: ResourceTable): Inheritance {
  return {
    namespaces: new Map(table.namespaces.map((it) => [it.metadata.name, it])),
    serviceAccounts: new Map(
      table.serviceAccounts.map((it) => [`${it.metadata.namespace ?? ''}/${it.metadata.name}`, it]),
    ),
    profiles: new Map(table.profiles.map((it) => [it.metadata.name, it])),
  }
}

/** None for what is no policy, and for a policy that is as if it did not exist. */
function lowerPolicy(resource: Resource, context: LoweringContext): readonly Policy[] {
  switch (resource.kind) {
    case 'NetworkPolicy':
      if (resource.apiVersion === 'projectcalico.org/v3') return [lowerNetworkPolicy(resource, context)]
      return [lowerKubernetesNetworkPolicy(resource, context)]
    case 'GlobalNetworkPolicy':
      return [lowerGlobalNetworkPolicy(resource, context)]
    case 'ClusterNetworkPolicy': {
      const policy = lowerClusterNetworkPolicy(resource, context)
      return policy === undefined ? [] : [policy]
    }
    default:
      return []
  }
}

/** A tier of which nothing has changed is the same object again. */
class TierCache {
  #known = new Map<string, KnownTier>()

  /** The built-in tiers always exist; a tier that only policies name comes after all others, and denies (spec 4). */
  build(resources: readonly TierResource[], policies: readonly Policy[]): Tier[] {
    const policiesByTier = Map.groupBy(policies, (policy) => policy.tier)
    const resourcesByName = new Map([...builtInTiers, ...resources].map((tier) => [tier.metadata.name, tier]))
    const names = new Set([...resourcesByName.keys(), ...policiesByTier.keys()])
    const built = [...names].map((name) => {
      const [resource, own] = [resourcesByName.get(name), policiesByTier.get(name) ?? []]
      const known = this.#known.get(name)
      if (known !== undefined && known.resource === resource && isSameList(known.policies, own)) return known
      return { resource, policies: own, tier: buildTier(name, resource, own) }
    })
    this.#known = new Map(built.map((it) => [it.tier.name, it]))
    return built.map(({ tier }) => tier).sort(compareTiers)
  }
}

interface KnownTier {
  readonly resource: TierResource | undefined
  readonly policies: readonly Policy[]
  readonly tier: Tier
}

function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((it, i) => it === right[i])
}

function buildTier(name: string, resource: TierResource | undefined, policies: readonly Policy[]): Tier {
  return {
    name,
    order: resource?.spec?.order ?? defaultTierOrder,
    exists: resource !== undefined,
    defaultAction: defaultActionOf(resource),
    policies: policies.toSorted(comparePolicies),
  }
}

/** Whatever is not one of the other two denies. */
function defaultActionOf(resource: TierResource | undefined): Tier['defaultAction'] {
  const action = resource?.spec?.defaultAction
  return action === 'Pass' || action === 'Allow' ? action : 'Deny'
}
