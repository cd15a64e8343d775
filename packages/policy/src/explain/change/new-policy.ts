/** A policy of its own for one flow: it says nothing of others. */
import { formatIp } from '@margay/netset'
import type { FlowPeer } from '../../model/flow.ts'
import { protocolName } from '../../model/protocol.ts'
import { added, type Change } from './change.ts'
import { nameSide, tellingLabels } from './far-side.ts'
import { calicoRule } from './new-rule.ts'
import { farOf, isSameRef, nearOf, type Turn, wantedOf } from './turn.ts'

/** Undefined where there is nobody whom it could name, or its tier can have none. */
export function newPolicy(turn: Turn): Change | undefined {
  return turn.side.stage === 'Workload' ? workloadPolicy(turn) : hostPolicy(turn)
}

function workloadPolicy(turn: Turn): Change | undefined {
  const { state, flow, side } = turn
  const [near, far] = [nearOf(turn), farOf(turn)].map((it) => nameSide(it, state))
  if (near?.kind !== 'Workload' || far === undefined) return undefined
  const rule = calicoRule({ action: wantedOf(turn), direction: side.direction, far, flow }, near.namespace)
  return added({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: nameFor(turn), namespace: near.namespace },
    spec: specOf(turn, near.labels, rule),
  })
}

/** Undefined for a host endpoint without labels of its own: what selects it would select all. */
function hostPolicy(turn: Turn): Change | undefined {
  const { state, flow, side } = turn
  const host = state.hostEndpoints.get(side.endpoint)
  const far = nameSide(farOf(turn), state)
  if (host === undefined || far === undefined) return undefined
  const labels = tellingLabels(host, [...state.hostEndpoints.values()])
  if (Object.keys(labels).length === 0) return undefined
  const near = side.stage === 'Forward' ? nameSide(nearOf(turn), state) : undefined
  const rule = calicoRule({ action: wantedOf(turn), direction: side.direction, far, near, flow }, '')
  return added({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: nameFor(turn) },
    spec: {
      ...specOf(turn, labels, rule),
      ...(side.stage !== 'Normal' && { applyOnForward: true }),
      ...(side.stage === 'PreDNAT' && { preDNAT: true }),
      ...(side.stage === 'Untracked' && { doNotTrack: true }),
    },
  })
}

function specOf(turn: Turn, labels: Readonly<Record<string, string>>, rule: object): object {
  const { tier, order, isFirst } = placeOf(turn)
  const { direction } = turn.side
  const selector = Object.entries(labels)
    .map(([name, value]) => `${name} == '${value}'`)
    .join(' && ')
  return {
    tier,
    ...(order !== undefined && { order }),
    selector: selector === '' ? 'all()' : selector,
    types: [direction],
    // Where nothing governed the direction, all but this stays as it was.
    [direction.toLowerCase()]: isFirst ? [rule, { action: 'Pass' }] : [rule],
  }
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
