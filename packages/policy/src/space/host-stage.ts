/**
 * What a host endpoint decides at one of its stages, about all packets at once: as `judgeHost` does about one. Source:
 * spec/dataplane.md 1.10 and 2.2, spec/api.md I7, I12 to I16.
 */
import { formatCidr, type PortRange } from '@margay/netset'
import type { FailsafePort, NodeSettings } from '../model/node-settings.ts'
import type { Policy } from '../model/policy.ts'
import type { Profile } from '../model/profile.ts'
import { anyPeer, type PeerMatch } from '../model/rule.ts'
import type { EffectiveHostPolicy } from '../state/effective-host-policy.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import type { Facts } from './facts.ts'
import type { Judge } from './judge.ts'
import type { Judges } from './judges.ts'
import { everyNumber, type Region, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** Apart from each other, and together all packets. */
export interface HostOutcome {
  readonly allowed: Traffic
  readonly denied: Traffic
  /** What the stage leaves to whatever comes after it. */
  readonly passed: Traffic
}

export interface StageContext {
  readonly judges: Judges
  readonly traffics: Traffics
  readonly settings: Pick<NodeSettings, 'failsafeInbound' | 'failsafeOutbound'>
}

export class HostStageJudge {
  /** Equal for stages that decide alike, of hosts of the same state. */
  readonly key: string
  /** All that is asked of the endpoint's own side, and of the far side: by number. */
  readonly ownCriteria: readonly number[]
  readonly peerCriteria: readonly number[]
  readonly policy: EffectiveHostPolicy
  readonly judge: Judge
  readonly #profiles: Judge
  readonly #failsafe: readonly Failsafe[]
  readonly #context: StageContext

  constructor(policy: EffectiveHostPolicy, context: StageContext) {
    const { judges } = context
    this.policy = policy
    this.#context = context
    this.judge = judges.of(policy)
    this.#profiles = judges.of(ofProfiles(policy))
    this.#failsafe = failsafesOf(policy, context)
    const ofFailsafe = this.#failsafe.flatMap(({ far }) => judges.table.sideOf(far).all)
    this.ownCriteria = [...this.judge.ownCriteria, ...this.#profiles.ownCriteria]
    this.peerCriteria = [...this.judge.peerCriteria, ...this.#profiles.peerCriteria, ...ofFailsafe]
    this.key = [
      policy.stage,
      policy.otherwise,
      judges.numberOf(this.judge),
      judges.numberOf(this.#profiles),
      ...this.#failsafe.map(({ packets, net }) => `${packets.id} ${net}`),
    ].join()
  }

  /** The same with another policy, which asks nothing that this one doesn't. */
  ofPolicy(policy: EffectiveHostPolicy): HostStageJudge {
    return new HostStageJudge(policy, this.#context)
  }

  /** Between two of whom this is known. */
  decide(own: Facts, peer: Facts): HostOutcome {
    const { traffics } = this.#context
    const saved = this.#savedFor(peer)
    const asked = traffics.subtract(traffics.all, saved)
    const inTiers = this.judge.decide(own, peer, asked)
    const inProfiles = this.#profiles.decide(own, peer, inTiers.undecided)
    const left = inProfiles.undecided
    const { stage, otherwise } = this.policy
    const isEarly = stage === 'Untracked' || stage === 'PreDNAT'
    const when = (is: boolean, packets: Traffic) => (is ? packets : traffics.none)
    const unite = (...all: readonly Traffic[]) =>
      all.reduce((sum, it) => traffics.unite(sum, it), traffics.none)
    const allowed = unite(
      inTiers.allowed,
      inProfiles.allowed,
      when(otherwise === 'Allow', left),
      when(!isEarly, saved),
    )
    const passed = unite(when(otherwise === 'Pass', left), when(isEarly, saved))
    return { allowed, passed, denied: traffics.subtract(traffics.all, unite(allowed, passed)) }
  }

  #savedFor(peer: Facts): Traffic {
    const { traffics, judges } = this.#context
    return this.#failsafe
      .filter(({ far }) => peer.fits(judges.table.sideOf(far)))
      .reduce((sum, { packets }) => traffics.unite(sum, packets), traffics.none)
  }
}

interface Failsafe {
  readonly packets: Traffic
  readonly far: PeerMatch
  readonly net: string
}

/** As `failsafeOf`: before connection tracking what comes from a port of the opposite list is saved too. */
function failsafesOf({ stage, direction }: EffectiveHostPolicy, context: StageContext): Failsafe[] {
  const { failsafeInbound, failsafeOutbound } = context.settings
  const isIncoming = direction === 'Ingress'
  const [own, opposite] = isIncoming
    ? [failsafeInbound, failsafeOutbound]
    : [failsafeOutbound, failsafeInbound]
  const requests = own.map((it) => failsafeOf(it, rectangle(everyNumber, rangesOf(it)), context))
  const replies = opposite.map((it) => failsafeOf(it, rectangle(rangesOf(it), everyNumber), context))
  if (stage === 'Forward') return []
  return stage === 'Untracked' ? [...requests, ...replies] : requests
}

function failsafeOf({ protocol, net }: FailsafePort, region: Region, { traffics }: StageContext): Failsafe {
  return {
    packets: traffics.ofProtocol(protocol, region),
    far: net === undefined ? anyPeer : { ...anyPeer, nets: [net] },
    net: net === undefined ? '' : formatCidr(net),
  }
}

function rangesOf({ port }: FailsafePort): readonly PortRange[] {
  return port === 0 ? everyNumber : [{ min: port, max: port }]
}

/** The first rule of all that matches decides, and Pass leaves it to what comes last, which denies (spec I7). */
function ofProfiles({ direction, profiles }: EffectiveHostPolicy): EffectivePolicy {
  const policies = profiles.map(asPolicy)
  const tiers = policies.length === 0 ? [] : [{ name: '', defaultAction: 'Deny' as const, policies }]
  return { direction, tiers }
}

const policyByProfile = new WeakMap<Profile, Policy>()

function asPolicy(profile: Profile): Policy {
  const known = policyByProfile.get(profile)
  if (known !== undefined) return known
  const { name, ingress, egress } = profile
  const made: Policy = {
    ref: { kind: 'GlobalNetworkPolicy', namespace: '', name },
    tier: '',
    order: 0,
    appliesTo: { kind: 'All' },
    directions: ['Ingress', 'Egress'],
    applyOnForward: false,
    preDNAT: false,
    doNotTrack: false,
    ingress,
    egress,
  }
  policyByProfile.set(profile, made)
  return made
}
