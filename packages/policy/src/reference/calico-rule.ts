/** A rule of a projectcalico.org/v3 policy against one packet: every criterion that is given must hold. Source: spec/api.md 2. */
import type { Rule } from '@margay/resources'
import { matchesCalicoPeer } from './calico-peer.ts'
import { isAsked } from './http-request.ts'
import { type Crossing, nameless, type ReferenceRule } from './packet.ts'

const protocolNumbers: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPv6: 58,
  SCTP: 132,
  UDPLite: 136,
}

/** `policyNamespace` is empty for a global policy. Names count for destinations of egress rules that allow, and nowhere else. */
export function readCalicoRule(
  rule: Rule,
  policyNamespace: string,
  direction: 'ingress' | 'egress',
): ReferenceRule {
  const isNamed = direction === 'egress' && rule.action === 'Allow'
  return {
    action: rule.action,
    matches: (crossing) => matches(rule, policyNamespace, seen(crossing, isNamed)),
  }
}

function seen(crossing: Crossing, isNamed: boolean): Crossing {
  const { source, destination } = crossing
  return { ...crossing, source: nameless(source), destination: isNamed ? destination : nameless(destination) }
}

function matches(rule: Rule, policyNamespace: string, crossing: Crossing): boolean {
  return (
    matchesIpVersion(rule, crossing.packet.ipVersion) &&
    matchesProtocol(rule, crossing.packet.protocol) &&
    matchesIcmp(rule, crossing) &&
    isAsked(rule.http, crossing.packet.http) &&
    matchesCalicoPeer(rule.source ?? {}, crossing.source, policyNamespace, crossing) &&
    matchesCalicoPeer(rule.destination ?? {}, crossing.destination, policyNamespace, crossing)
  )
}

/** The names ICMP and ICMPv6 are of one IP version each; the numbers 1 and 58 are not. */
function matchesIpVersion({ ipVersion, protocol }: Rule, version: 4 | 6): boolean {
  if (ipVersion !== undefined && ipVersion !== version) return false
  if (protocol === 'ICMP') return version === 4
  return protocol !== 'ICMPv6' || version === 6
}

function matchesProtocol({ protocol, notProtocol }: Rule, number: number): boolean {
  if (protocol !== undefined && numberOf(protocol) !== number) return false
  return notProtocol === undefined || numberOf(notProtocol) !== number
}

function numberOf(protocol: string | number): number | undefined {
  return typeof protocol === 'number' ? protocol : protocolNumbers[protocol]
}

/** What is not an ICMP packet of its IP version has no type, neither this nor another (docs/adr/0005). */
function matchesIcmp({ icmp, notICMP }: Rule, { packet }: Crossing): boolean {
  if (icmp?.type === undefined && notICMP?.type === undefined) return true
  const found = packet.protocol === (packet.ipVersion === 4 ? 1 : 58) ? packet.icmp : undefined
  if (found === undefined) return false
  const is = (wanted: { type?: number; code?: number }) =>
    wanted.type === found.type && (wanted.code === undefined || wanted.code === found.code)
  if (icmp?.type !== undefined && !is(icmp)) return false
  return notICMP?.type === undefined || !is(notICMP)
}
