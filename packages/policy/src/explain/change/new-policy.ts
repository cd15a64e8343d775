/** A policy of its own for one flow: it says nothing of others. */
import { formatIp } from '@margay/netset'
import type { FlowPeer } from '../../model/flow.ts'
import { protocolName } from '../../model/protocol.ts'
import { added, type Change } from './change.ts'
import { nameSide } from './far-side.ts'
import { calicoRule } from './new-rule.ts'
import { farOf, isSameRef, nearOf, type Turn, wantedOf } from './turn.ts'

/** Undefined where there is nobody whom it could name, or its tier can have none. */
export function newPolicy(turn: Turn): Change | undefined {
  const { state, flow, side } = turn
  const [near, far] = [nearOf(turn), farOf(turn)].map((it) => nameSide(it, state))
  if (near?.kind !== 'Workload' || far === undefined) return undefined
  const { tier, order, isFirst } = placeOf(turn)
  const { direction } = side
  const rule = calicoRule({ action: wantedOf(turn), direction, far, flow }, near.namespace)
  const selector = Object.entries(near.labels)
    .map(([name, value]) => `${name} == '${value}'`)
    .join(' && ')
  return added({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: nameFor(turn), namespace: near.namespace },
    spec: {
      tier,
      ...(order !== undefined && { order }),
      selector: selector === '' ? 'all()' : selector,
      types: [direction],
      // Where nothing governed the direction, all but this stays as it was.
      [direction.toLowerCase()]: isFirst ? [rule, { action: 'Pass' }] : [rule],
    },
  })
}

/** In the tier that decided, before the policy whose rule did. */
function placeOf({ side, state }: Turn): { tier: string; order: number | undefined; isFirst: boolean } {
  const hit = side.trace.at(-1)
  if (hit?.kind !== 'Rule' && hit?.kind !== 'TierDefault')
    return { tier: 'default', order: undefined, isFirst: true }
  const policies = state.tiers.find(({ name }) => name === hit.tier)?.policies ?? []
  const order = policies.find(({ ref }) => isSameRef(ref, hit.policy))?.order ?? Number.POSITIVE_INFINITY
  const before = Number.isFinite(order) ? order - 1 : 1000
  return { tier: hit.tier, order: hit.kind === 'Rule' ? before : undefined, isFirst: false }
}

function nameFor(turn: Turn): string {
  const { protocol, destinationPort } = turn.flow
  const parts = [
    wantedOf(turn),
    nameOf(turn.flow.source),
    nameOf(turn.flow.destination),
    protocolName(protocol),
  ]
  const text = [...parts, ...(destinationPort === undefined ? [] : [destinationPort])].join('-').toLowerCase()
  return text
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/-$/, '')
}

function nameOf({ endpoint, address }: FlowPeer): string {
  return endpoint?.name ?? (address === undefined ? 'any' : formatIp(address))
}
