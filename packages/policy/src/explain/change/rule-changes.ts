/** One rule more or one less in a policy that was asked. */
import type { Resource } from '@margay/resources'
import type { Direction } from '../../model/rule.ts'
import type { ConsideredPolicy } from '../considered.ts'
import { type Change, type PatchStep, patched, pointer } from './change.ts'
import { type Named, nameSide } from './far-side.ts'
import { ruleFor } from './new-rule.ts'
import { asked, farOf, nearOf, originalOf, policyOf, type Turn, wantedOf } from './turn.ts'

export function ruleChanges(turn: Turn): Change[] {
  return asked(turn).flatMap((policy) => {
    const original = originalOf(turn, policy.ref)
    if (original === undefined) return []
    const near =
      original.apiVersion === 'projectcalico.org/v3' ? nameSide(nearOf(turn), turn.state) : undefined
    return [
      ruleAdded(turn, policy, original, undefined),
      ...(near === undefined ? [] : [ruleAdded(turn, policy, original, near)]),
      ruleRemoved(turn, policy, original),
    ].filter((it) => it !== undefined)
  })
}

/** Before the rule that decided, or at the end. `near`: for this end alone of all that the policy applies to. */
function ruleAdded(
  turn: Turn,
  policy: ConsideredPolicy,
  original: Resource,
  near: Named | undefined,
): Change | undefined {
  const { direction } = turn.side
  const far = nameSide(farOf(turn), turn.state)
  const rule = far && ruleFor(original, { action: wantedOf(turn), direction, far, near, flow: turn.flow })
  if (rule === undefined) return undefined
  const list = listOf(original, direction)
  const at = policy.isDecisive ? (policy.rules.at(-1)?.index ?? 0) : list.length
  const field = pointer('spec', direction.toLowerCase())
  const step =
    list.length === 0
      ? { op: 'add' as const, path: field, value: [rule] }
      : { op: 'add' as const, path: `${field}/${at}`, value: rule }
  return patched('AddRule', original, [step])
}

function ruleRemoved(turn: Turn, policy: ConsideredPolicy, original: Resource): Change | undefined {
  const { direction } = turn.side
  const index = policy.rules.at(-1)?.index
  if (!policy.isDecisive || index === undefined) return undefined
  const path = pointer('spec', direction.toLowerCase(), index)
  const isLast = listOf(original, direction).length === 1
  return patched('RemoveRule', original, [{ op: 'remove', path }, ...(isLast ? keptTypes(turn, policy) : [])])
}

/** Without its last rule a policy that does not say what it governs would govern something else. */
function keptTypes(turn: Turn, { ref }: ConsideredPolicy): PatchStep[] {
  const policy = policyOf(turn, ref)
  const field = ref.kind === 'KubernetesNetworkPolicy' ? 'policyTypes' : 'types'
  const hasTypes = ['KubernetesNetworkPolicy', 'NetworkPolicy', 'GlobalNetworkPolicy'].includes(ref.kind)
  if (!hasTypes || policy === undefined) return []
  return [{ op: 'add', path: pointer('spec', field), value: [...policy.directions] }]
}

function listOf(policy: Resource, direction: Direction): readonly unknown[] {
  const { spec } = policy as { readonly spec?: { readonly ingress?: unknown[]; readonly egress?: unknown[] } }
  return (direction === 'Ingress' ? spec?.ingress : spec?.egress) ?? []
}
