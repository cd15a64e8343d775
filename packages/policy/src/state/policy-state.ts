import { type Ip, parseIp } from '@margay/netset'
import type { Endpoint } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import type { Tier } from '../model/policy.ts'
import type { Profile } from '../model/profile.ts'
import type { Direction } from '../model/rule.ts'
import { addressKey } from './address-key.ts'
import type { NetworkSetEntry } from './address-set.ts'
import { type EffectiveHostPolicy, type HostStage, hostTiers } from './effective-host-policy.ts'
import { type EffectivePolicy, workloadTiers } from './effective-policy.ts'

/** What a state is made of. */
export interface PolicyStateParts {
  readonly endpoints: readonly Endpoint[]
  readonly hostEndpoints: readonly HostEndpoint[]
  readonly networkSets: readonly NetworkSetEntry[]
  /** In evaluation order. */
  readonly tiers: readonly Tier[]
  /** As they would be if all staged policies were enforced. */
  readonly stagedTiers: readonly Tier[]
  /** Every profile that a host endpoint names, by name. */
  readonly profiles: ReadonlyMap<string, Profile>
  /** Those of a node, by its name. */
  readonly settings: (node: string) => NodeSettings
}

export interface PolicyView {
  /** True: as it would be if all staged policies were enforced. */
  readonly staged?: boolean
}

/** Everything that policy is decided on, at one moment. Immutable; build a new one when resources change. */
export class PolicyState {
  readonly endpoints: ReadonlyMap<string, Endpoint>
  /** By name, of all nodes. */
  readonly hostEndpoints: ReadonlyMap<string, HostEndpoint>
  readonly networkSets: readonly NetworkSetEntry[]
  /** All tiers, in evaluation order. Not all of their policies are for workloads: ask `effectivePolicy`. */
  readonly tiers: readonly Tier[]
  /** As they would be if all staged policies were enforced, each in the place of the policy of its name. */
  readonly stagedTiers: readonly Tier[]
  readonly #profiles: ReadonlyMap<string, Profile>
  readonly #settings: (node: string) => NodeSettings
  readonly #settingsByNode = new Map<string, NodeSettings>()
  readonly #endpointsByAddress: ReadonlyMap<string, Endpoint>
  readonly #endpointsByInterface: ReadonlyMap<string, Endpoint>
  readonly #effective = new Map<string, EffectivePolicy>()
  readonly #effectiveOfHosts = new Map<string, EffectiveHostPolicy>()

  constructor(parts: PolicyStateParts) {
    const { endpoints, hostEndpoints, networkSets, tiers, stagedTiers, profiles, settings } = parts
    this.endpoints = new Map(endpoints.map((endpoint) => [endpoint.key, endpoint]))
    this.hostEndpoints = new Map(hostEndpoints.map((endpoint) => [endpoint.key, endpoint]))
    this.networkSets = networkSets
    this.tiers = tiers
    this.stagedTiers = stagedTiers
    this.#profiles = profiles
    this.#settings = settings
    this.#endpointsByInterface = new Map(
      endpoints.map((endpoint) => [`${endpoint.node} ${endpoint.interfaceName}`, endpoint]),
    )
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

  /** Whose link to its node has this interface at the node's end; undefined for any other. */
  endpointBehind(node: string, interfaceName: string): Endpoint | undefined {
    return this.#endpointsByInterface.get(`${node} ${interfaceName}`)
  }

  /** Also for a node that is not known: what holds for all. */
  settingsOf(node: string): NodeSettings {
    const known = this.#settingsByNode.get(node)
    if (known !== undefined) return known
    const settings = this.#settings(node)
    this.#settingsByNode.set(node, settings)
    return settings
  }

  effectivePolicy(
    endpoint: Endpoint,
    direction: Direction,
    { staged = false }: PolicyView = {},
  ): EffectivePolicy {
    const key = `${staged} ${direction} ${endpoint.key}`
    const known = this.#effective.get(key)
    if (known !== undefined) return known
    const tiers = staged ? this.stagedTiers : this.tiers
    const policy = { direction, tiers: workloadTiers(tiers, endpoint.labels, direction) }
    this.#effective.set(key, policy)
    return policy
  }

  effectiveHostPolicy(endpoint: HostEndpoint, stage: HostStage, direction: Direction): EffectiveHostPolicy {
    const key = `${stage} ${direction} ${endpoint.key}`
    const known = this.#effectiveOfHosts.get(key)
    if (known !== undefined) return known
    const profiles = stage === 'Normal' ? this.profilesOf(endpoint) : []
    const policy = { stage, direction, profiles, ...hostTiers(this.tiers, endpoint, stage, direction) }
    this.#effectiveOfHosts.set(key, policy)
    return policy
  }

  /** In the order in which they are asked. */
  profilesOf({ profiles }: HostEndpoint): Profile[] {
    return profiles.map((name) => this.#profiles.get(name)).filter((profile) => profile !== undefined)
  }
}
