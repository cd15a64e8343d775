/**
 * The pods of a service account, by what the policy of a destination can tell of them: a request that has to be allowed from each of them is
 * judged once for those that are alike. Followed while pods come and go, so that a change costs what changed and not the account.
 */
import type { Delta, EffectivePolicy, Endpoint, PolicyState, StateDelta } from '@margay/policy'
import { accountOf } from './accounts.ts'
import { ObjectNumbers } from './object-numbers.ts'
import { type MetAt, PeerTraits } from './peer-traits.ts'

export type JudgedDirections = 'Ingress' | 'Both'

/** Pods in groups of those that are alike. */
class Crowd {
  readonly #groups = new Map<string, Set<Endpoint>>()
  readonly #keys = new Map<Endpoint, string>()
  readonly #keyOf: (pod: Endpoint) => string

  constructor(keyOf: (pod: Endpoint) => string) {
    this.#keyOf = keyOf
  }

  get size(): number {
    return this.#keys.size
  }

  /** One without an address can't have sent anything. */
  enter(pod: Endpoint): void {
    if (pod.addresses.length === 0) return
    const key = this.#keyOf(pod)
    this.#keys.set(pod, key)
    const group = this.#groups.get(key)
    if (group === undefined) this.#groups.set(key, new Set([pod]))
    else group.add(pod)
  }

  leave(pod: Endpoint): void {
    const key = this.#keys.get(pod)
    if (key === undefined) return
    this.#keys.delete(pod)
    const group = this.#groups.get(key)
    group?.delete(pod)
    if (group?.size === 0) this.#groups.delete(key)
  }

  /** One of each group, and not this pod where there is another: it is judged otherwise than those that are like it. */
  *oneOfEach(but: Endpoint): Iterable<Endpoint> {
    for (const group of this.#groups.values()) {
      const [first, second] = group
      const one = first === but ? (second ?? first) : first
      if (one !== undefined) yield one
    }
  }
}

/** Each remembers its pods: these are at most as many in all, but for the crowd that is asked about. */
const mostMembers = 200_000
const mostCrowds = 1024

export class Crowds {
  readonly #directions: JudgedDirections
  readonly #numbers = new ObjectNumbers()
  readonly #traits = new WeakMap<EffectivePolicy, PeerTraits>()
  /** The one that was asked about last is the last. */
  #crowds = new Map<string, { readonly account: string; readonly crowd: Crowd }>()
  #members = 0

  constructor(directions: JudgedDirections) {
    this.#directions = directions
  }

  /** After the state has taken them in. */
  update(delta: StateDelta, state: PolicyState): void {
    if (this.#crowds.size === 0) return
    if (this.#isOverturned(delta) || isShared(delta.endpoints, state)) this.#forgetAll()
    else this.#follow(delta.endpoints)
  }

  /** Of these pods of one account, as the destination's policy knows them: one of each kind. */
  kindsOf(
    account: string,
    pods: ReadonlySet<Endpoint>,
    destination: Endpoint,
    state: PolicyState,
  ): Iterable<Endpoint> {
    const policy = state.effectivePolicy(destination, 'Ingress')
    const key = `${account} ${this.#numbers.of(policy)}`
    const known = this.#crowds.get(key)
    this.#crowds.delete(key)
    const crowd = known?.crowd ?? this.#gather(pods, policy, state)
    this.#crowds.set(key, { account, crowd })
    return crowd.oneOfEach(destination)
  }

  #gather(pods: ReadonlySet<Endpoint>, policy: EffectivePolicy, state: PolicyState): Crowd {
    const crowd = new Crowd((pod) => this.#keyOf(pod, policy, state))
    for (const pod of pods) crowd.enter(pod)
    this.#members += crowd.size
    for (const [key, oldest] of this.#crowds) {
      if (this.#members <= mostMembers && this.#crowds.size < mostCrowds) break
      this.#crowds.delete(key)
      this.#members -= oldest.crowd.size
    }
    return crowd
  }

  #keyOf(pod: Endpoint, policy: EffectivePolicy, state: PolicyState): string {
    const key = this.#traitsOf(policy).keyOf(pod, placesOf(pod))
    return this.#directions === 'Ingress' ? key : `${key} ${this.#egressKeyOf(pod, state)}`
  }

  /** What its own policy is, and what that tells of it. */
  #egressKeyOf(pod: Endpoint, state: PolicyState): string {
    const policy = state.effectivePolicy(pod, 'Egress')
    const { allowIpipFromWorkloads, allowVxlanFromWorkloads, vxlanPort } = state.settingsOf(pod.node ?? '')
    const tunnels = [allowIpipFromWorkloads, allowVxlanFromWorkloads, vxlanPort]
    return JSON.stringify([
      this.#numbers.of(policy),
      pod.profiles,
      tunnels,
      this.#traitsOf(policy).keyOf(pod, placesOf(pod)),
    ])
  }

  #traitsOf(policy: EffectivePolicy): PeerTraits {
    const known = this.#traits.get(policy)
    if (known !== undefined) return known
    const made = new PeerTraits(policy, 'source', (it) => this.#numbers.of(it))
    this.#traits.set(policy, made)
    return made
  }

  /** Policies are told apart by themselves; where those of sources are judged too, pods of a crowd may be governed anew. */
  #isOverturned({ isWhole, hostEndpoints, networkSets, policies }: StateDelta): boolean {
    const arePoliciesOthers = this.#directions === 'Both' && !isEmpty(policies)
    return isWhole || arePoliciesOthers || !isEmpty(hostEndpoints) || !isEmpty(networkSets)
  }

  #follow({ gone, come }: Delta<Endpoint>): void {
    if (gone.length + come.length === 0) return
    const goneBy = Map.groupBy(gone, accountOf)
    const comeBy = Map.groupBy(come, accountOf)
    for (const { account, crowd } of this.#crowds.values()) {
      const before = crowd.size
      for (const pod of goneBy.get(account) ?? []) crowd.leave(pod)
      for (const pod of comeBy.get(account) ?? []) crowd.enter(pod)
      this.#members += crowd.size - before
    }
  }

  #forgetAll(): void {
    this.#crowds.clear()
    this.#members = 0
  }
}

/** Has a pod that changed an address that another one has, which is judged otherwise by that? */
function isShared({ gone, come }: Delta<Endpoint>, state: PolicyState): boolean {
  const isAnother = (pod: Endpoint) => (it: Endpoint) => it.key !== pod.key
  return [...gone, ...come].some((pod) =>
    pod.addresses.some((address) => [...state.endpointsAt(address)].some(isAnother(pod))),
  )
}

function placesOf({ addresses }: Endpoint): readonly MetAt[] {
  return addresses.map((address) => ({ address }))
}

function isEmpty({ gone, come }: Delta<unknown>): boolean {
  return gone.length + come.length === 0
}
