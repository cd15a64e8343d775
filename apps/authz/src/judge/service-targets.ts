/**
 * The pods behind a service, as far as policy tells them apart: of those that are judged alike two are kept, since one of them may be the
 * source itself. Found once in each state of policy, so that a check does not cost the size of a service.
 */
import type { Ip } from '@margay/netset'
import type { EffectivePolicy, PolicyState } from '@margay/policy'
import type { Service } from '@margay/resources'
import type { JudgedDirections } from './crowds.ts'
import type { Target } from './destinations.ts'
import { Refusal } from './judgement.ts'
import { ObjectNumbers } from './object-numbers.ts'
import { PeerTraits } from './peer-traits.ts'
import { nameOf, type ServicePort, type Services } from './services.ts'

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

  constructor(services: Services, options: TargetOptions) {
    this.#services = services
    this.#options = options
  }

  /** Something changed. */
  forget(): void {
    this.#kept = new Map()
  }

  /** Of one IP version, if one is given. */
  of(service: Service, asked: ServicePort, state: PolicyState, version?: Ip['version']): Found {
    const key = `${nameOf(service)} ${asked.protocol} ${asked.port} ${version}`
    if (this.#kept.has(key)) return this.#kept.get(key)
    const found = this.#find(service, asked, state, version)
    if (this.#kept.size >= mostKept) this.forget()
    this.#kept.set(key, found)
    return found
  }

  /** Whoever is behind a service and is no pod that policy knows is judged by nobody. */
  #find(service: Service, asked: ServicePort, state: PolicyState, version?: Ip['version']): Found {
    const places = this.#services.placesOf(service, asked, version)
    if (places === undefined) return undefined
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
