/** Texts that are equal for rules that decide alike and say the same reasons, also of another time and another process. */
import { criteriaOf, type PeerMatch, type PortMatch } from '@margay/policy'
import type { Group, Stage } from './group.ts'
import type { PeerRule } from './peer-rule.ts'

export function groupText({ version, tiers, stage }: Group): string {
  const own = tiers.map(({ name, defaultAction, rules }) => [name, defaultAction, rules.map(peerRuleText)])
  return JSON.stringify([version, stage.kind, stage.direction, own, stage.end])
}

/** What rules of a stage ask of the own side, and where they stand: what they say of the peer is for its groups. */
export function ownText({ kind, direction, tiers }: Stage): string {
  const rules = tiers.flatMap((tier) =>
    tier.rules.map(({ rule }) => peerText(direction === 'Ingress' ? rule.destination : rule.source)),
  )
  return JSON.stringify([kind, direction, rules])
}

function peerRuleText(rule: PeerRule): unknown {
  const { action, owner, origin, position, protocol, notProtocol, icmp, notIcmp } = rule
  const own = [rule.ownPorts, rule.notOwnPorts]
  return [action, owner, origin, position, protocol, notProtocol, icmp, notIcmp, peerText(rule.peer), own]
}

function peerText(peer: PeerMatch): unknown {
  const { positive, negative } = criteriaOf(peer)
  const keys = [positive, negative].map((list) => list.map(({ key }) => key))
  return [keys, portText(peer.ports), portText(peer.notPorts)]
}

function portText(match: PortMatch | undefined): unknown {
  return match === undefined ? null : [match.ranges, match.names, match.namesWithin?.id]
}
