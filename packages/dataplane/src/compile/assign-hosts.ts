/** At which stages the host endpoints of a node have something to say, and what. */
import type { Direction, GoverningEndpoints, HostEndpoint, HostStage } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import type { Stages } from './stages.ts'

export interface HostAssignment {
  readonly endpoint: HostEndpoint
  readonly stage: Stage
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

/** Of each stage what is only counted, and then what is enforced. A stage without tiers that passes or allows everything is left out. */
export function assignHosts(stages: Stages, { byInterface, wildcard }: GoverningEndpoints): HostAssignment[] {
  const governing = new Set([...byInterface.values(), ...(wildcard === undefined ? [] : [wildcard])])
  return [...governing].flatMap((endpoint) =>
    places
      .flatMap(([stage, direction]) => [
        ...(isCounted(stage) ? stagedAt(stages.stagedOfHost(endpoint, stage, direction)) : []),
        ...enforcedAt(stages.ofHost(endpoint, stage, direction)),
      ])
      .map((stage) => ({ endpoint, stage })),
  )
}

function enforcedAt(stage: Stage): Stage[] {
  return stage.tiers.length > 0 || stage.end.verdict === 'Deny' ? [stage] : []
}

function stagedAt(stage: Stage | undefined): Stage[] {
  return stage === undefined ? [] : [stage]
}

/** Before connection tracking and destination NAT, nothing staged is counted. */
function isCounted(stage: HostStage): boolean {
  return stage === 'Normal' || stage === 'Forward'
}
