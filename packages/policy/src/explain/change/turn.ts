/** One place on the way of a connection that is to decide otherwise than it does. */
import type { Pod, Resource } from '@margay/resources'
import type { Flow, FlowPeer } from '../../model/flow.ts'
import { formatPolicyRef, type Policy, type PolicyRef } from '../../model/policy.ts'
import type { Rule } from '../../model/rule.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { ConsideredPolicy } from '../considered.ts'
import { type ExplainedStage, policyAt } from '../explain-route.ts'

export interface Turn {
  readonly state: PolicyState
  readonly flow: Flow
  /** Where it is to be decided otherwise: at a workload, or at a stage of a host endpoint. */
  readonly side: ExplainedStage
  /** Where policies and pods come from. */
  readonly originals: Originals
}

export interface Originals {
  readonly policies: ReadonlyMap<string, Resource>
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>
}

export function wantedOf({ side }: Turn): 'Allow' | 'Deny' {
  return side.action === 'Deny' ? 'Allow' : 'Deny'
}

export function nearOf({ side, flow }: Turn): FlowPeer {
  return side.direction === 'Ingress' ? flow.destination : flow.source
}

export function farOf({ side, flow }: Turn): FlowPeer {
  return side.direction === 'Ingress' ? flow.source : flow.destination
}

/** Policies that were asked in a tier where a rule more could decide: the last one, and for a denial those that passed, too. */
export function asked(turn: Turn): ConsideredPolicy[] {
  const { tiers } = turn.side
  const some = wantedOf(turn) === 'Deny' ? tiers : tiers.slice(-1)
  return some.flatMap(({ policies }) => policies)
}

export function originalOf({ originals }: Turn, ref: PolicyRef): Resource | undefined {
  return originals.policies.get(formatPolicyRef(ref))
}

export function governing({ state, side }: Turn): Policy[] {
  return policyAt(state, side)?.tiers.flatMap(({ policies }) => policies) ?? []
}

export function policyOf(turn: Turn, ref: PolicyRef): Policy | undefined {
  return governing(turn).find((it) => isSameRef(it.ref, ref))
}

export function rulesOf({ ingress, egress }: Policy, { side }: Turn): readonly Rule[] {
  return side.direction === 'Ingress' ? ingress : egress
}

/** A policy that went and came again has another reference, which says the same. */
export function isSameRef(a: PolicyRef, b: PolicyRef): boolean {
  return formatPolicyRef(a) === formatPolicyRef(b)
}
