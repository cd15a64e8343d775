/** At which stages the host endpoints of a node have something to say, and what. */
import type { Direction, GoverningEndpoints, HostEndpoint, HostStage } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import type { Stages } from './stages.ts'

export interface HostAssignment {
  readonly endpoint: HostEndpoint
  readonly stage: Stage
  /** Counts before that; undefined where no staged policy concerns the endpoint. */
  readonly staged: Stage | undefined
}

const places: readonly (readonly [HostStage, Direction])[] = [
  ['Untracked', 'Ingress'],
  ['Untracked', 'Egress'],
  ['PreDNAT', 'Ingress'],
  ['Normal', 'Ingress'],
  ['Normal', 'Egress'],
  ['Forward', 'Ingress'],
  ['Forward', 'Egress'],
]

/** A stage without tiers that passes or allows everything is left out, unless staged policies count there. */
export function assignHosts(stages: Stages, { byInterface, wildcard }: GoverningEndpoints): HostAssignment[] {
  const governing = new Set([...byInterface.values(), ...(wildcard === undefined ? [] : [wildcard])])
  return [...governing].flatMap((endpoint) =>
    places
      .map(([stage, direction]) => ({
        endpoint,
        stage: stages.ofHost(endpoint, stage, direction),
        staged: isCounted(stage) ? stages.stagedOfHost(endpoint, stage, direction) : undefined,
      }))
      .filter(
        ({ stage, staged }) => staged !== undefined || stage.tiers.length > 0 || stage.end.verdict === 'Deny',
      ),
  )
}

/** Before connection tracking and destination NAT, nothing staged is counted. */
function isCounted(stage: HostStage): boolean {
  return stage === 'Normal' || stage === 'Forward'
}
