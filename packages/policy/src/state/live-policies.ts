/** Policies of all kinds, while they, and what they name, come and go. */
import type { Node, Resource } from '@margay/resources'
import { enforcedForm } from '../analyze/enforced-form.ts'
import { lowerHead, type PolicyProblem } from '../lower/lower-policy.ts'
import { type PolicySource, readPolicy } from '../lower/read-policy.ts'
import type { Policy, PolicyRef } from '../model/policy.ts'
import type { AddressSets } from './address-set.ts'
import { type Delta, isEmpty, unchanged } from './delta.ts'
import { LazyPolicy, type PolicyKey } from './lazy-policy.ts'
import { LazyRules } from './lazy-rules.ts'
import { Lowered } from './lowered.ts'
import type { Problems } from './problems.ts'
import type { PolicyResource } from './resource-table.ts'
import { RuleCheck } from './rule-check.ts'
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

const none: readonly never[] = []
const noPolicies = { enforced: unchanged, staged: unchanged }

interface LazyStaged extends StagedPolicy {
  readonly policy: LazyPolicy | undefined
}

/** What is not understood of a policy, and which services it names, is found out at once; its rules are lowered when somebody asks for them. */
export class LivePolicies {
  readonly #from: PolicySources
  readonly #rules: LazyRules
  readonly #enforced = new Lowered((resource: PolicyResource) => this.#lower(resource))
  readonly #staged = new Lowered((resource: StagedResource) => this.#lowerStaged(resource))
  readonly #overlay = new StagedPolicies()
  readonly #namingNodes = new Set<PolicyKey>()
  /** Of policies that name any. */
  readonly #services = new Map<PolicyKey, readonly string[]>()
  /** Of this update. */
  #check = new RuleCheck()

  constructor(from: PolicySources) {
    this.#from = from
    const { sets, services } = from
    this.#rules = new LazyRules({ sets, services, read: (key) => this.#readAgain(key) })
  }

  /** How the policies changed that are enforced, and how those that would be if the staged ones were. `stale`: whose services changed. */
  update(
    { policies, stagedPolicies, nodes }: PolicyChanges,
    stale: ReadonlySet<unknown>,
  ): { readonly enforced: Delta<Policy>; readonly staged: Delta<Policy> } {
    if (isEmpty(policies) && isEmpty(stagedPolicies) && isEmpty(nodes) && stale.size === 0) {
      this.rest()
      return noPolicies
    }
    for (const it of policies.gone) this.#leave(it)
    for (const it of stagedPolicies.gone) this.#leave(it)
    for (const it of policies.come) if (namesNodes(it)) this.#namingNodes.add(it)
    const again = isEmpty(nodes) ? stale : [...stale, ...this.#namingNodes]
    const enforced = this.#enforced.update(policies, again)
    const staged = this.#staged.update(stagedPolicies, stale)
    if (enforced.come.length + staged.come.length > 0) this.#check = new RuleCheck()
    this.#rules.leave(enforced.gone.concat(policiesOf(staged.gone)))
    return { enforced, staged: this.#overlay.update(this.#enforced, enforced, staged) }
  }

  /** An update without anything for policies. */
  rest(): void {
    this.#rules.leave(none)
  }

  #leave(key: PolicyKey): void {
    this.#from.problems.set(key, [])
    this.#from.services.release(this.#services.get(key) ?? [], key)
    this.#services.delete(key)
    this.#namingNodes.delete(key)
  }

  #lowerStaged(staged: StagedResource): LazyStaged {
    const ref = refOfStaged(staged)
    return { ref, policy: this.#lower(staged, ref) }
  }

  /** It, and its problems, are of `ref`, or of the policy itself. */
  #lower(key: PolicyKey, ref?: PolicyRef): LazyPolicy | undefined {
    const source = this.#read(key)
    if (source === undefined) return undefined
    const found: PolicyProblem[] = []
    const owner = ref ?? source.ref
    const report = (message: string) => found.push({ policy: owner, message })
    source.issues.forEach(report)
    const services = this.#check.servicesOf(source, report)
    const { head, closed } = lowerHead(source, report)
    this.#from.problems.set(key, found)
    if (closed === undefined) this.#follow(services, key)
    return new LazyPolicy({ ...head, ref: owner }, key, this.#rules, closed)
  }

  #follow(services: readonly string[], key: PolicyKey): void {
    if (services.length === 0) return
    this.#services.set(key, services)
    this.#from.services.retain(services, key)
  }

  /** Undefined for what is as if it did not exist. */
  #read(key: PolicyKey): PolicySource | undefined {
    const form = enforcedForm(key)
    if (form === undefined) return undefined
    return readPolicy(form, namesNodes(form) ? this.#from.nodes() : [])
  }

  /** The same as before: had it or its nodes changed, there would be another policy. */
  #readAgain(key: PolicyKey): PolicySource {
    const source = this.#read(key)
    if (source === undefined) throw new RangeError(`${key.kind} ${key.metadata.name} is no policy`)
    return source
  }
}

function policiesOf(staged: readonly LazyStaged[]): LazyPolicy[] {
  return staged.map(({ policy }) => policy).filter((policy) => policy !== undefined)
}

/** Source: spec/api.md 5.5; only peers of egress rules can be nodes. */
function namesNodes(resource: Resource): boolean {
  switch (resource.kind) {
    case 'ClusterNetworkPolicy':
    case 'AdminNetworkPolicy':
    case 'BaselineAdminNetworkPolicy':
      return (resource.spec.egress ?? []).some(({ to }) => to.some(({ nodes }) => nodes !== undefined))
    default:
      return false
  }
}
