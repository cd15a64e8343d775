/** Builds the state that policy is evaluated on from resources that validated and defaulted. */
import type { Pod, Resource } from '@margay/resources'
import type { ObjectProblem } from '../lower/lower-endpoint.ts'
import type { PolicyProblem } from '../lower/lower-policy.ts'
import { formatPolicyRef } from '../model/policy.ts'
import { AddressSets } from './address-set.ts'
import { type Delta, isEmpty, unchanged } from './delta.ts'
import { HostPolicies } from './effective-host-policy.ts'
import { LiveInheritance, unchangedParents } from './live-inheritance.ts'
import { LiveNodes } from './live-nodes.ts'
import { LivePolicies } from './live-policies.ts'
import { LiveProfiles } from './live-profiles.ts'
import { LiveSubjects } from './live-subjects.ts'
import { LiveTiers } from './live-tiers.ts'
import { PolicyState, type PolicyStateParts } from './policy-state.ts'
import { Problems } from './problems.ts'
import { podDelta, type TableDelta, tableDelta } from './resource-table.ts'
import { ServiceSets } from './service-set.ts'
import { StagedDifference } from './staged-difference.ts'
import type { ResourceChange, StateDelta } from './state-delta.ts'
import type { SubjectDelta } from './subject-delta.ts'

export interface BuiltState {
  readonly state: PolicyState
  /** What could not be understood, and therefore denies. */
  readonly problems: readonly PolicyProblem[]
  /** The same of objects that are no policies: the part that is not understood has no effect, or denies. */
  readonly objectProblems: readonly ObjectProblem[]
}

export interface UpdatedState extends BuiltState {
  readonly delta: StateDelta
}

const nothing: StateDelta = {
  endpoints: unchanged,
  hostEndpoints: unchanged,
  networkSets: unchanged,
  policies: unchanged,
  stagedPolicies: unchanged,
  isWhole: false,
}

/** Staged policies are kept apart: they are previewed, not enforced. Cost: O(policies + endpoints): who selects whom is found out when it is asked. */
export function buildPolicyState(resources: Iterable<Resource>): BuiltState {
  return new StateBuilder().build(resources)
}

/**
 * Builds one state after another. A resource must be another object when it says something else. What did not change is the same object
 * in both states, but only the last state may still be asked.
 */
export class StateBuilder {
  /** Pods are not among them: they are known where they are lowered. */
  readonly #others = new Set<Resource>()
  readonly #problems = new Problems(({ policy }: PolicyProblem) => formatPolicyRef(policy))
  readonly #objectProblems = new Problems(({ object }: ObjectProblem) => object)
  readonly #inheritance = new LiveInheritance()
  readonly #subjects = new LiveSubjects(this.#inheritance, this.#objectProblems)
  readonly #nodes = new LiveNodes()
  readonly #sets = new AddressSets(this.#subjects.selectable)
  readonly #services = new ServiceSets()
  readonly #policies = new LivePolicies({
    sets: this.#sets,
    services: this.#services,
    nodes: () => this.#nodes.nodes,
    problems: this.#problems,
  })
  readonly #profiles = new LiveProfiles({
    inheritance: this.#inheritance,
    sets: this.#sets,
    services: this.#services,
    problems: this.#objectProblems,
  })
  readonly #tiers = new LiveTiers()
  readonly #stagedTiers = new LiveTiers()
  readonly #stagedDifference = new StagedDifference()
  readonly #hostPolicies = new HostPolicies()
  readonly #stagedHostPolicies = new HostPolicies()

  readonly #parts: PolicyStateParts = {
    subjects: this.#subjects,
    tiers: this.#tiers,
    stagedTiers: this.#stagedTiers,
    stagedDifference: this.#stagedDifference,
    hostPolicies: this.#hostPolicies,
    stagedHostPolicies: this.#stagedHostPolicies,
    profiles: this.#profiles,
    nodes: this.#nodes,
  }

  /** From all resources that there are. Cost: a look at each of them, and what changed. */
  build(resources: Iterable<Resource>): UpdatedState {
    const next = new Set(resources)
    const changes: ResourceChange[] = []
    for (const known of [this.#others, this.#subjects.pods]) {
      for (const before of known) if (!next.has(before)) changes.push({ before, after: undefined })
    }
    for (const after of next) if (!this.#knows(after)) changes.push({ before: undefined, after })
    return this.update(changes)
  }

  /**
   * From what changed since the last time, in any order, each object once. Cost: what changed and what depends on it; for a policy, one
   * copy of its tier's list.
   * @throws UnknownResourceError before anything changes, when `before` is not what was last told.
   */
  update(changes: readonly ResourceChange[]): UpdatedState {
    const real = changes.every(isReal) ? changes : changes.filter(isReal)
    this.#remember(real)
    const pods = podDelta(real)
    const delta = pods === undefined ? this.#apply(tableDelta(real)) : this.#applyPods(pods)
    return {
      state: new PolicyState(this.#parts),
      problems: this.#problems.list,
      objectProblems: this.#objectProblems.list,
      delta,
    }
  }

  #remember(changes: readonly ResourceChange[]): void {
    for (const { before } of changes) {
      if (before !== undefined && !this.#knows(before)) throw new UnknownResourceError(before)
    }
    for (const { before } of changes) if (isOther(before)) this.#others.delete(before)
    for (const { after } of changes) if (isOther(after)) this.#others.add(after)
  }

  #knows(it: Resource): boolean {
    return it.kind === 'Pod' ? this.#subjects.hasPod(it) : this.#others.has(it)
  }

  /** What others depend on comes before them. */
  #apply(changes: TableDelta): StateDelta {
    const parents = this.#inheritance.update(changes)
    const areSettingsOthers = this.#nodes.update(changes)
    const subjects = this.#subjects.update(changes, parents)
    if (isAny(subjects)) this.#sets.update(subjects)
    const stale = this.#services.update(changes.endpointSlices)
    const { enforced, staged } = this.#policies.update(changes, stale)
    const areProfilesOthers = this.#profiles.update(
      subjects.hostEndpoints,
      this.#subjects.selectable.hostEndpoints,
      parents.profiles.size === 0 ? stale : stale.union(parents.profiles),
    )
    const areTiersOthers = this.#tiers.update(changes.tiers, enforced)
    this.#stagedTiers.update(changes.tiers, staged)
    this.#stagedDifference.update(enforced, staged)
    const isWhole = areSettingsOthers || areProfilesOthers || areTiersOthers
    return { ...subjects, policies: enforced, stagedPolicies: staged, isWhole }
  }

  /** As `#apply`. Nothing but address sets follows from pods. */
  #applyPods(pods: Delta<Pod>): StateDelta {
    const endpoints = this.#subjects.updatePods(pods, unchangedParents)
    const delta = { ...nothing, endpoints }
    if (!isEmpty(endpoints)) this.#sets.update(delta)
    this.#policies.rest()
    return delta
  }
}

/** Whoever tells of changes has lost count of what it told. */
export class UnknownResourceError extends Error {
  override readonly name = 'UnknownResourceError'

  constructor({ kind, metadata: { name, namespace } }: Resource) {
    const path = namespace === undefined ? name : `${namespace}/${name}`
    super(
      `${kind} ${path} changed, but the object that it is said to have been was never told; build from all resources`,
    )
  }
}

function isReal({ before, after }: ResourceChange): boolean {
  return before !== after
}

function isOther(it: Resource | undefined): it is Resource {
  return it !== undefined && it.kind !== 'Pod'
}

function isAny({ endpoints, hostEndpoints, networkSets }: SubjectDelta): boolean {
  return !isEmpty(endpoints) || !isEmpty(hostEndpoints) || !isEmpty(networkSets)
}
