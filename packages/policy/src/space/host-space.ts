/** What the host endpoints of a state decide about all packets of one IP version. */
import type { IpVersion } from '@margay/netset'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { protocols } from '../model/protocol.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectiveHostPolicy, HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import type { Facts } from './facts.ts'
import { HostStageJudge, type StageContext } from './host-stage.ts'
import { Judges } from './judges.ts'
import { PeerClasses, type SpacePeer, workloadPeers } from './peer-classes.ts'
import { everyNumber, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** In the order in which a packet comes to them: at most one of the last two of each direction. */
export const hostStages: readonly { readonly stage: HostStage; readonly direction: Direction }[] = [
  { stage: 'Untracked', direction: 'Ingress' },
  { stage: 'PreDNAT', direction: 'Ingress' },
  { stage: 'Normal', direction: 'Ingress' },
  { stage: 'Forward', direction: 'Ingress' },
  { stage: 'Untracked', direction: 'Egress' },
  { stage: 'Normal', direction: 'Egress' },
  { stage: 'Forward', direction: 'Egress' },
]

/** How hosts treat packets: shared by all that do it alike. */
export interface HostMeaning {
  readonly key: string
  /** In the order of `hostStages`. */
  readonly stages: readonly HostStageJudge[]
}

export class HostSpace {
  readonly peers: readonly SpacePeer[]
  /** Of each peer, by its position. */
  readonly facts: readonly Facts[]
  readonly traffics: Traffics
  readonly #meanings: ReadonlyMap<HostEndpoint | undefined, HostMeaning>

  constructor(state: PolicyState, version: IpVersion, traffics: Traffics, view: PolicyView = {}) {
    this.traffics = traffics
    const judges = new Judges({ traffics, version })
    const shared = new Map<string, HostMeaning>()
    const meaningOf = (host: HostEndpoint | undefined) => {
      const stages = hostStages.map((at) => stageOf(host, at, { state, view, judges, traffics }))
      const key = stages.map((it) => it.key).join('\n')
      const made = shared.get(key) ?? { key, stages }
      shared.set(key, made)
      return made
    }
    this.#meanings = new Map([undefined, ...state.hostEndpoints.values()].map((it) => [it, meaningOf(it)]))
    const workloads = workloadPeers(state.endpoints.values(), version)
    const taken = workloads.flatMap(({ address }) => (address === undefined ? [] : [address]))
    const { peers, facts } = new PeerClasses({ taken, workloads }, judges.table.criteria, version)
    this.peers = peers
    this.facts = facts
  }

  /** Of the host endpoints, each that is different once. */
  get meanings(): readonly HostMeaning[] {
    const ofHosts = [...this.#meanings].filter(([host]) => host !== undefined)
    return [...new Set(ofHosts.map(([, meaning]) => meaning))]
  }

  /** Of the peers that some criteria can tell apart, one each. */
  distinct(criteria: readonly number[]): readonly Facts[] {
    const keyed = this.facts.map((facts) => [facts.restrictedTo(criteria), facts] as const)
    return [...new Map(keyed).values()]
  }

  /** Undefined: of interfaces that none governs. @throws RangeError for a host endpoint of another state */
  meaningOf(host: HostEndpoint | undefined): HostMeaning {
    const found = this.#meanings.get(host)
    if (found === undefined) throw new RangeError(`no host endpoint ${host?.key}`)
    return found
  }
}

interface SpaceContext extends Omit<StageContext, 'settings'> {
  readonly state: PolicyState
  readonly view: PolicyView
}

/** Where none governs, nothing is decided, and failsafe ports save from nothing. */
function stageOf(
  host: HostEndpoint | undefined,
  { stage, direction }: (typeof hostStages)[number],
  { state, view, judges, traffics }: SpaceContext,
): HostStageJudge {
  const policy: EffectiveHostPolicy =
    host === undefined
      ? { stage, direction, tiers: [], profiles: [], otherwise: 'Pass' }
      : state.effectiveHostPolicy(host, stage, direction, view)
  const { failsafeInbound, failsafeOutbound } = state.settingsOf(host?.node ?? '')
  const settings =
    host === undefined ? { failsafeInbound: [], failsafeOutbound: [] } : { failsafeInbound, failsafeOutbound }
  return new HostStageJudge(policy, { judges, traffics, settings })
}

/** What comes to a node in a tunnel is no policy's business. Source: spec/dataplane.md 1.8. */
export function tunnelledTo(
  { tunnels, vxlanPort }: NodeSettings,
  version: IpVersion,
  traffics: Traffics,
): Traffic {
  const udpTo = (port: number) =>
    traffics.ofProtocol(protocols.udp, rectangle(everyNumber, [{ min: port, max: port }]))
  const all = [
    ...(tunnels.ipip && version === 4 ? [traffics.ofProtocol(protocols.ipip)] : []),
    ...(tunnels.vxlan.includes(version) ? [udpTo(vxlanPort)] : []),
    ...tunnels.wireguard.filter((it) => it.version === version).map(({ port }) => udpTo(port)),
  ]
  return all.reduce((sum, it) => traffics.unite(sum, it), traffics.none)
}
