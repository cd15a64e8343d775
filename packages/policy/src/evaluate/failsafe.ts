/** Which packets the failsafe ports save from policies of host endpoints. Source: spec/dataplane.md 1.10. */
import { cidrContains } from '@margay/netset'
import type { Flow, FlowPeer } from '../model/flow.ts'
import type { FailsafePort, NodeSettings } from '../model/node-settings.ts'
import type { Direction } from '../model/rule.ts'
import type { HostStage } from '../state/effective-host-policy.ts'

/**
 * The far side is the source of what comes in and the destination of what goes out; an entry's net is about it. Before
 * connection tracking replies are packets like others: so what comes from a port of the opposite list is saved too.
 */
export function failsafeOf(
  settings: NodeSettings,
  stage: HostStage,
  direction: Direction,
  flow: Flow,
): FailsafePort | undefined {
  if (stage === 'Forward') return undefined
  const { failsafeInbound, failsafeOutbound } = settings
  const isIncoming = direction === 'Ingress'
  const [own, opposite] = isIncoming
    ? [failsafeInbound, failsafeOutbound]
    : [failsafeOutbound, failsafeInbound]
  const far = isIncoming ? flow.source : flow.destination
  const find = (entries: readonly FailsafePort[], port: number | undefined) =>
    entries.find((entry) => saves(entry, flow.protocol, port, far))
  const request = find(own, flow.destinationPort)
  return request ?? (stage === 'Untracked' ? find(opposite, flow.sourcePort) : undefined)
}

function saves(
  { protocol, port, net }: FailsafePort,
  number: number,
  at: number | undefined,
  { address }: FlowPeer,
): boolean {
  const isPort = at !== undefined && (port === 0 || port === at)
  const isNear = net === undefined || (address !== undefined && cidrContains(net, address))
  return protocol === number && isPort && isNear
}
