/** Packets that are judged alike: one list of rules, sorted by tiers, whose own side is answered. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Direction, Endpoint, Rule } from '@margay/policy'
import type { PeerRule, RuleOwner } from './peer-rule.ts'

/** Rules that endpoints are governed by at one stage, before anything is asked of their own side. */
export interface Stage {
  /** Equal for equal stages. */
  readonly key: string
  readonly kind: StageKind
  readonly direction: Direction
  /** What would be if the staged policies were enforced: it counts what it would decide, and decides nothing. */
  readonly isStaged: boolean
  readonly tiers: readonly StageTier[]
  readonly end: StageEnd
}

/** Decides what Allow, Deny and Pass mean for the packet. */
export type StageKind = 'Workload' | 'Untracked' | 'PreDNAT' | 'Normal' | 'Forward'

export interface StageTier {
  readonly name: string
  /** Pass goes on to the next tier, and behind the last one to the end. */
  readonly defaultAction: 'Allow' | 'Deny' | 'Pass'
  readonly rules: readonly OwnedRule[]
}

export interface OwnedRule {
  readonly rule: Rule
  readonly owner: RuleOwner
}

/** What happens where no tier decided. */
export interface StageEnd {
  readonly verdict: 'Allow' | 'Deny' | 'Pass'
  readonly reason: string
}

export interface Group {
  /** Equal for equal groups. */
  readonly key: string
  readonly stage: Stage
  readonly version: IpVersion
  readonly tiers: readonly GroupTier[]
}

export interface GroupTier {
  readonly name: string
  readonly defaultAction: StageTier['defaultAction']
  readonly rules: readonly PeerRule[]
}

/** What judges a local endpoint's packets at a stage. */
export interface Jury {
  readonly stage: Stage
  /** By each of its addresses: most endpoints have one. Undefined: it may have more than can be listed. */
  readonly groups: ReadonlyMap<Group, readonly Ip[]> | undefined
}

/** What governs a local endpoint in one direction, for packets of one IP version. */
export interface Assignment extends Jury {
  readonly endpoint: Endpoint
  readonly direction: Direction
  readonly version: IpVersion
  /** Counts before that; undefined where no staged policy concerns the endpoint. */
  readonly staged: Jury | undefined
}
