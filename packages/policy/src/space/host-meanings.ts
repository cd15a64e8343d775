/** What the host endpoints of a state decide, each at each of its stages; those that decide alike share it. */
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectiveHostPolicy, HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { HostStageJudge, type StageContext } from './host-stage.ts'

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

export interface MeaningsContext extends Omit<StageContext, 'settings'> {
  readonly state: PolicyState
  readonly view: PolicyView
}

export class HostMeanings {
  readonly #meanings: ReadonlyMap<HostEndpoint | undefined, HostMeaning>

  constructor(context: MeaningsContext) {
    const shared = new Map<string, HostMeaning>()
    const meaningOf = (host: HostEndpoint | undefined) => {
      const stages = hostStages.map((at) => stageOf(host, at, context))
      const key = stages.map((it) => it.key).join('\n')
      const made = shared.get(key) ?? { key, stages }
      shared.set(key, made)
      return made
    }
    const hosts = [undefined, ...context.state.hostEndpoints.values()]
    this.#meanings = new Map(hosts.map((it) => [it, meaningOf(it)]))
  }

  /** Of the host endpoints, each that is different once. */
  get all(): readonly HostMeaning[] {
    const ofHosts = [...this.#meanings].filter(([host]) => host !== undefined)
    return [...new Set(ofHosts.map(([, meaning]) => meaning))]
  }

  /** Undefined: of interfaces that none governs. @throws RangeError for a host endpoint of another state */
  of(host: HostEndpoint | undefined): HostMeaning {
    const found = this.#meanings.get(host)
    if (found === undefined) throw new RangeError(`no host endpoint ${host?.key}`)
    return found
  }
}

/** Where none governs, nothing is decided, and failsafe ports save from nothing. */
function stageOf(
  host: HostEndpoint | undefined,
  { stage, direction }: (typeof hostStages)[number],
  { state, view, judges, traffics }: MeaningsContext,
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
