/** The workloads of a cluster by number, as they may be ends of connections of one kind of packet; no change makes one come or go. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Criterion } from '../../classify/criteria.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { Flow, FlowPeer } from '../../model/flow.ts'
import { hasPorts } from '../../model/protocol.ts'
import { addressesIn } from '../../space/peer-classes.ts'
import { meeting, PeerIndex } from '../../space/workload-facts.ts'
import type { PolicyState } from '../../state/policy-state.ts'

export class Crowd {
  /** As the state has them, in its order. */
  readonly endpoints: readonly Endpoint[]
  /** Where each has no address that counts: all of its addresses are of the other IP version. */
  readonly isAway: readonly boolean[]
  /** What is asked of each two: packets as the one that was asked about, and where there are ports, one to another port. */
  readonly packets: readonly Flow[]
  readonly #addresses: readonly (Ip | undefined)[]
  readonly #numbers: ReadonlyMap<string, number>
  readonly #version: IpVersion
  #index: PeerIndex | undefined
  #taken: readonly bigint[] | undefined

  constructor(state: PolicyState, flow: Flow) {
    this.#version = flow.ipVersion
    this.endpoints = [...state.endpoints.values()]
    this.#numbers = new Map(this.endpoints.map(({ key }, number) => [key, number]))
    this.#addresses = this.endpoints.map(({ addresses }) =>
      addresses.find(({ version }) => version === flow.ipVersion),
    )
    this.isAway = this.endpoints.map(
      ({ addresses }, number) => addresses.length > 0 && this.#addresses[number] === undefined,
    )
    const other = { ...flow, destinationPort: flow.destinationPort === 1 ? 2 : 1 }
    this.packets = hasPorts(flow.protocol) ? [flow, other] : [flow]
  }

  /** Addresses of the IP version that are workloads', ascending, each once. */
  get taken(): readonly bigint[] {
    this.#taken ??= distinctValues(this.endpoints.flatMap((it) => addressesIn(it, this.#version)))
    return this.#taken
  }

  get size(): number {
    return this.endpoints.length
  }

  keyOf(number: number): string {
    return (this.endpoints[number] as Endpoint).key
  }

  numberOf(key: string | undefined): number | undefined {
    return key === undefined ? undefined : this.#numbers.get(key)
  }

  /** The workload as it is in a state. */
  peerIn(state: PolicyState, number: number): FlowPeer {
    const endpoint = state.endpoints.get(this.keyOf(number))
    return { endpoint, address: this.#addresses[number] }
  }

  /** Numbers of those that meet a criterion, of whatever state. */
  meeting(criterion: Criterion): Iterable<number> {
    this.#index ??= new PeerIndex(
      this.endpoints.map((endpoint, number) => ({
        kind: 'Workload',
        endpoint,
        address: this.#addresses[number],
      })),
    )
    return meeting(criterion, this.#index)
  }
}

function distinctValues(addresses: readonly Ip[]): bigint[] {
  const values = new Set(addresses.map(({ value }) => value))
  return [...values].sort((one, other) => (one < other ? -1 : 1))
}
