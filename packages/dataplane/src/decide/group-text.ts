/** Texts that are equal for rules that decide alike and say the same reasons, also of another time and another process. */
import { formatIp } from '@margay/netset'
import { criteriaOf, type PeerMatch, type PortMatch, type ServiceSet } from '@margay/policy'
import type { Group, OwnedRule, Stage } from './group.ts'
import type { PeerRule } from './peer-rule.ts'

export function groupText({ version, tiers, stage }: Group): string {
  const own = tiers.map(({ name, defaultAction, rules }) => [name, defaultAction, rules.map(peerRuleText)])
  return JSON.stringify([version, stage.kind, stage.direction, own, stage.end])
}

/** All of a stage. */
export function stageText({ key, tiers }: Pick<Stage, 'key' | 'tiers'>): string {
  return JSON.stringify([key, tiers.map(({ rules }) => rules.map(ownedRuleText))])
}

function ownedRuleText({ rule, owner }: OwnedRule): unknown {
  const { action, origin, ipVersion, protocol, notProtocol, icmp, notIcmp } = rule
  const ends = [peerText(rule.source), peerText(rule.destination)]
  return [owner, action, origin, ipVersion, protocol, notProtocol, icmp, notIcmp, ends]
}

function peerRuleText(rule: PeerRule): unknown {
  const { action, owner, origin, position, protocol, notProtocol, icmp, notIcmp } = rule
  const own = [rule.ownPorts, rule.notOwnPorts]
  return [action, owner, origin, position, protocol, notProtocol, icmp, notIcmp, peerText(rule.peer), own]
}

function peerText(peer: PeerMatch): unknown {
  const { positive, negative } = criteriaOf(peer)
  const keys = [positive, negative].map((list) => list.map(({ key }) => key))
  const service = peer.inService === undefined ? null : serviceText(peer.inService)
  return [keys, service, portText(peer.ports), portText(peer.notPorts)]
}

const textByService = new WeakMap<ServiceSet, string>()

/** With the places where it is: they may be others at another time. */
function serviceText(service: ServiceSet): string {
  const known = textByService.get(service)
  if (known !== undefined) return known
  const places = service.places.members.map(({ address, ...port }) =>
    JSON.stringify([formatIp(address), port]),
  )
  const text = JSON.stringify([service.id, service.addresses.map(formatIp).sort(), places.sort()])
  textByService.set(service, text)
  return text
}

function portText(match: PortMatch | undefined): unknown {
  return match === undefined ? null : [match.ranges, match.names, match.namesWithin?.id]
}
