import { type Ip, parseIp } from '@margay/netset'
import { matchesSelector } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { Policy, Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { addressKey, type NetworkSetEntry } from './address-set.ts'

/** What governs one endpoint in one direction: tiers with at least one policy that applies, in evaluation order. */
export interface EffectivePolicy {
  readonly direction: Direction
  readonly tiers: readonly EffectiveTier[]
}

export interface EffectiveTier {
  readonly name: string
  readonly defaultAction: Tier['defaultAction']
  /** Never empty. */
  readonly policies: readonly Policy[]
}

/** Everything that policy is decided on, at one moment. Immutable; build a new one when resources change. */
export class PolicyState {
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly networkSets: readonly NetworkSetEntry[]
  /** All tiers, in evaluation order. */
  readonly tiers: readonly Tier[]
  readonly #endpointsByAddress: ReadonlyMap<string, Endpoint>
  readonly #effective = new Map<string, EffectivePolicy>()

  constructor(
    endpoints: readonly Endpoint[],
    networkSets: readonly NetworkSetEntry[],
    tiers: readonly Tier[],
  ) {
    this.endpoints = new Map(endpoints.map((endpoint) => [endpoint.key, endpoint]))
    this.networkSets = networkSets
    this.tiers = tiers
    this.#endpointsByAddress = new Map(
      endpoints.flatMap((endpoint) => endpoint.addresses.map((address) => [addressKey(address), endpoint])),
    )
  }

  /** A side of a flow, from `namespace/name` or an address; undefined when no endpoint has that name. */
  peer(text: string): FlowPeer | undefined {
    const endpoint = this.endpoints.get(text)
    if (endpoint !== undefined) return { endpoint, address: endpoint.addresses[0] }
    const address = parseIp(text)
    return address === undefined ? undefined : this.peerAt(address)
  }

  /** An address of an endpoint is that endpoint; any other is outside of the cluster. */
  peerAt(address: Ip): FlowPeer {
    return { endpoint: this.#endpointsByAddress.get(addressKey(address)), address }
  }

  effectivePolicy(endpoint: Endpoint, direction: Direction): EffectivePolicy {
    const key = `${direction} ${endpoint.key}`
    const known = this.#effective.get(key)
    if (known !== undefined) return known
    const policy = { direction, tiers: this.#applyingTiers(endpoint, direction) }
    this.#effective.set(key, policy)
    return policy
  }

  #applyingTiers(endpoint: Endpoint, direction: Direction): EffectiveTier[] {
    const applies = (policy: Policy) =>
      policy.directions.includes(direction) &&
      matchesSelector(policy.appliesTo, (name) => endpoint.labels.get(name))
    return this.tiers
      .map(({ name, defaultAction, policies }) => ({
        name,
        defaultAction,
        policies: policies.filter(applies),
      }))
      .filter((tier) => tier.policies.length > 0)
  }
}
