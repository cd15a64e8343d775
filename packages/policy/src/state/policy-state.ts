import { type Ip, parseIp } from '@margay/netset'
import type { Endpoint } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import type { Tier } from '../model/policy.ts'
import type { Profile } from '../model/profile.ts'
import type { Direction } from '../model/rule.ts'
import { addressKey } from './address-key.ts'
import type { EffectiveHostPolicy, HostPolicies, HostStage } from './effective-host-policy.ts'
import { type EffectivePolicy, isSamePolicy } from './effective-policy.ts'
import type { LiveNodes } from './live-nodes.ts'
import type { LiveProfiles } from './live-profiles.ts'
import { interfaceKey, type LiveSubjects } from './live-subjects.ts'
import type { LiveTiers } from './live-tiers.ts'
import type { StagedDifference } from './staged-difference.ts'

/** What a state is made of. */
export interface PolicyStateParts {
  readonly subjects: LiveSubjects
  readonly tiers: LiveTiers
  /** As they would be if all staged policies were enforced. */
  readonly stagedTiers: LiveTiers
  readonly stagedDifference: StagedDifference
  readonly hostPolicies: HostPolicies
  readonly stagedHostPolicies: HostPolicies
  /** Every profile that a host endpoint names. */
  readonly profiles: LiveProfiles
  readonly nodes: LiveNodes
}

export interface PolicyView {
  /** True: as it would be if all staged policies were enforced. */
  readonly staged?: boolean
}

/** Everything that policy is decided on, as it is now: only the last state of a builder may be asked. */
export class PolicyState {
  readonly endpoints: ReadonlyMap<string, Endpoint>
  /** By name, of all nodes. */
  readonly hostEndpoints: ReadonlyMap<string, HostEndpoint>
  readonly networkSets: readonly NetworkSetEntry[]
  /** All tiers, in evaluation order. Not all of their policies are for workloads: ask `effectivePolicy`. */
  readonly tiers: readonly Tier[]
  /** As they would be if all staged policies were enforced, each in the place of the policy of its name. */
  readonly stagedTiers: readonly Tier[]
  readonly #parts: PolicyStateParts

  constructor(parts: PolicyStateParts) {
    const { subjects, tiers, stagedTiers } = parts
    this.endpoints = subjects.endpoints
    this.hostEndpoints = subjects.hostEndpoints
    this.networkSets = subjects.networkSets
    this.tiers = tiers.tiers
    this.stagedTiers = stagedTiers.tiers
    this.#parts = parts
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
    return { endpoint: this.#parts.subjects.byAddress.find(addressKey(address)), address }
  }

  /** For a moment several may have it: as when one that ended has not gone yet. */
  endpointsAt(address: Ip): ReadonlySet<Endpoint> {
    return this.#parts.subjects.byAddress.all(addressKey(address))
  }

  /** Whose link to its node has this interface at the node's end; undefined for any other. */
  endpointBehind(node: string, interfaceName: string): Endpoint | undefined {
    return this.#parts.subjects.byInterface.find(interfaceKey({ node, interfaceName }))
  }

  /** Also for a node that is not known: what holds for all. */
  settingsOf(node: string): NodeSettings {
    return this.#parts.nodes.settingsOf(node)
  }

  /** By which nodes know each other; another object when they are others. */
  get nodeAddresses(): readonly Ip[] {
    return this.#parts.nodes.addresses
  }

  /** None for a node that is not known. */
  addressesOfNode(name: string): readonly Ip[] {
    return this.#parts.nodes.addressesOf(name)
  }

  isNodeAddress(address: Ip): boolean {
    return this.#parts.nodes.isAddress(address)
  }

  /** For an endpoint that was asked about, and that nothing concerns that changed since then, it is the same object again. */
  effectivePolicy(
    { labels }: Endpoint,
    direction: Direction,
    { staged = false }: PolicyView = {},
  ): EffectivePolicy {
    const { tiers, stagedTiers } = this.#parts
    return (staged ? stagedTiers : tiers).governing(labels)[direction]
  }

  /** What would govern it if all staged policies were enforced; undefined where that is what governs it anyway. */
  stagedPolicy(endpoint: Endpoint, direction: Direction): EffectivePolicy | undefined {
    if (!this.#parts.stagedDifference.concerns(endpoint.labels)) return undefined
    const staged = this.effectivePolicy(endpoint, direction, { staged: true })
    return isSamePolicy(this.effectivePolicy(endpoint, direction), staged) ? undefined : staged
  }

  effectiveHostPolicy(
    endpoint: HostEndpoint,
    stage: HostStage,
    direction: Direction,
    { staged = false }: PolicyView = {},
  ): EffectiveHostPolicy {
    const { hostPolicies, stagedHostPolicies, tiers, stagedTiers } = this.#parts
    const { selecting } = (staged ? stagedTiers : tiers).governing(endpoint.labels)
    const profiles = this.profilesOf(endpoint)
    const policies = staged ? stagedHostPolicies : hostPolicies
    return policies.policy(endpoint, stage, direction, { selecting, profiles })
  }

  /** As `stagedPolicy`. */
  stagedHostPolicy(
    endpoint: HostEndpoint,
    stage: HostStage,
    direction: Direction,
  ): EffectiveHostPolicy | undefined {
    if (!this.#parts.stagedDifference.concerns(endpoint.labels)) return undefined
    const staged = this.effectiveHostPolicy(endpoint, stage, direction, { staged: true })
    return isSamePolicy(this.effectiveHostPolicy(endpoint, stage, direction), staged) ? undefined : staged
  }

  /** In the order in which they are asked. */
  profilesOf({ profiles }: HostEndpoint): Profile[] {
    return profiles.map((name) => this.#parts.profiles.of(name)).filter((profile) => profile !== undefined)
  }
}
