/**
 * The pods behind a service, as far as policy tells them apart: of those that are judged alike two are kept, since one of them may be the
 * source itself. Kept until something changes that it depends on, so that a check does not cost the size of a service.
 */
import type { Ip } from '@margay/netset'
import {
  addressKey,
  type EffectivePolicy,
  type Endpoint,
  type PolicyState,
  type StateDelta,
} from '@margay/policy'
import type { Service } from '@margay/resources'
import type { JudgedDirections } from './crowds.ts'
import { Refusal } from './judgement.ts'
import { ObjectNumbers } from './object-numbers.ts'
import { PeerTraits } from './peer-traits.ts'
import { nameOf, type ServicePort, type Services } from './services.ts'
import type { Target } from './target.ts'

/** Undefined: the service has no such port. */
type Found = readonly Target[] | Refusal | undefined

export interface TargetOptions {
  readonly judges: JudgedDirections
  /** Pods there are told from pods elsewhere. */
  readonly node: string | undefined
}

const mostKept = 1024

export class ServiceTargets {
  readonly #services: Services
  readonly #options: TargetOptions
  readonly #numbers = new ObjectNumbers()
  readonly #traits = new WeakMap<EffectivePolicy, PeerTraits>()
  #kept = new Map<string, Found>()
  /** Of all places that were looked at, by their keys. */
  #addresses = new Set<string>()

  constructor(services: Services, options: TargetOptions) {
    this.#services = services
    this.#options = options
  }

  /** After services have taken their changes in. Pods that are behind no service that was asked about change nothing. */
  update(delta: StateDelta, areServicesOthers: boolean): void {
    if (this.#kept.size > 0 && (areServicesOthers || this.#concerns(delta))) this.#forget()
  }

  #concerns({ endpoints, hostEndpoints, networkSets, policies, isWhole }: StateDelta): boolean {
    if (isWhole || [hostEndpoints, networkSets, policies].some((it) => it.gone.length + it.come.length > 0))
      return true
    const isKnown = ({ addresses }: Endpoint) => addresses.some((it) => this.#addresses.has(addressKey(it)))
    return endpoints.gone.some(isKnown) || endpoints.come.some(isKnown)
  }

  #forget(): void {
    this.#kept = new Map()
    this.#addresses = new Set()
  }

  /** Of one IP version, if one is given. */
  of(service: Service, asked: ServicePort, state: PolicyState, version?: Ip['version']): Found {
    const key = `${nameOf(service)} ${asked.protocol} ${asked.port} ${version}`
    if (this.#kept.has(key)) return this.#kept.get(key)
    if (this.#kept.size >= mostKept) this.#forget()
    const found = this.#find(service, asked, state, version)
    this.#kept.set(key, found)
    return found
  }

  /** Whoever is behind a service and is no pod that policy knows is judged by nobody. */
  #find(service: Service, asked: ServicePort, state: PolicyState, version?: Ip['version']): Found {
    const places = this.#services.placesOf(service, asked, version)
    if (places === undefined) return undefined
    for (const { address } of places) this.#addresses.add(addressKey(address))
    const targets: Target[] = []
    for (const { address, port } of places) {
      const pods = state.endpointsAt(address)
      if (pods.size === 0) return new Refusal('UnknownDestination')
      for (const endpoint of pods) targets.push({ endpoint, address, port })
    }
    return this.#options.judges === 'Both' ? targets : this.#twoOfEach(targets, state)
  }

  /** Where the policies of sources are asked too, each of these may tell targets apart by something else. */
  #twoOfEach(targets: readonly Target[], state: PolicyState): Target[] {
    const groups = Map.groupBy(targets, (target) => this.#keyOf(target, state))
    return [...groups.values()].flatMap((alike) => {
      const [first] = alike
      const other = alike.find(({ endpoint }) => endpoint !== first?.endpoint)
      return [first, other].filter((it) => it !== undefined)
    })
  }

  #keyOf({ endpoint, address, port }: Target, state: PolicyState): string {
    if (address === undefined) return endpoint.key
    const policy = state.effectivePolicy(endpoint, 'Ingress')
    const isHere = endpoint.node === this.#options.node
    const traits = this.#traitsOf(policy).keyOf(endpoint, [{ address, port }])
    const { profiles } = endpoint
    return `${this.#numbers.of(policy)} ${this.#numbers.of(profiles)} ${isHere} ${traits}`
  }

  #traitsOf(policy: EffectivePolicy): PeerTraits {
    const known = this.#traits.get(policy)
    if (known !== undefined) return known
    const made = new PeerTraits(policy, 'destination', (it) => this.#numbers.of(it))
    this.#traits.set(policy, made)
    return made
  }
}
