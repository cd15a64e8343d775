import { expect, test } from 'vitest'
import { Names } from '../nft/names.ts'
import { compileMatches } from './compile-rule.ts'
import { SetBuilder } from './sets.ts'
import { policy, worldWith } from './world.testkit.ts'

/** The matches of one ingress rule; names of sets are cut before their hash. */
function matchesOf(rule: object): string[] {
  const state = worldWith(policy('p', { ingress: [{ action: 'Allow', ...rule }] }))
  const compiled = state.tiers.flatMap(({ policies }) => policies).flatMap(({ ingress }) => ingress)
  const sets = new SetBuilder(new Names(), [...state.endpoints.values()])
  return compiled.flatMap((it) => compileMatches(it, sets)).map((it) => it.replaceAll(/-[0-9a-f]{16}/g, ''))
}

const tcpWithNotIcmp = { protocol: 'TCP', notICMP: { type: 8 } }

test.each([
  ['no criterion', {}, ['']],
  ['a protocol', { protocol: 'TCP' }, ['meta l4proto 6']],
  ['a negated protocol', { notProtocol: 132 }, ['meta l4proto != 132']],
  ['the family of an ICMP by name', { protocol: 'ICMPv6' }, ['meta nfproto ipv6 meta l4proto 58']],
  [
    'an ICMP type and code',
    { protocol: 'ICMP', icmp: { type: 3, code: 1 } },
    ['meta nfproto ipv4 meta l4proto 1 icmp type . icmp code == { 3 . 1 }'],
  ],
  [
    'a negated ICMP type is of ICMP packets, in both families',
    { notICMP: { type: 8 } },
    ['meta nfproto ipv4 meta l4proto 1 icmp type != 8', 'meta nfproto ipv6 meta l4proto 58 icmpv6 type != 8'],
  ],
  ['a negated ICMP type of TCP never matches: nft refuses two protocols', tcpWithNotIcmp, []],
  [
    'a negated ICMP type of all but ICMP is of ICMPv6',
    { notProtocol: 'ICMP', notICMP: { type: 8 } },
    ['meta nfproto ipv6 meta l4proto != 1 meta l4proto 58 icmpv6 type != 8'],
  ],
  [
    'ports and ranges',
    { protocol: 'TCP', destination: { ports: [80, '90:100', 81] } },
    ['meta l4proto 6 th dport { 80-81, 90-100 }'],
  ],
  [
    'negated source ports',
    { protocol: 'UDP', source: { notPorts: [53] } },
    ['meta l4proto 17 th sport != { 53 }'],
  ],
  [
    'numbers and names are alternatives, in both families',
    { protocol: 'TCP', destination: { ports: [80, 'http'] } },
    [
      'meta nfproto ipv4 meta l4proto 6 th dport { 80 }',
      'meta nfproto ipv4 meta l4proto 6 ip daddr . meta l4proto . th dport @p4-http',
      'meta nfproto ipv6 meta l4proto 6 th dport { 80 }',
      'meta nfproto ipv6 meta l4proto 6 ip6 daddr . meta l4proto . th dport @p6-http',
    ],
  ],
  [
    'a negated name without a protocol spares what has no ports',
    { ipVersion: 4, destination: { notPorts: ['http'] } },
    [
      'meta nfproto ipv4 meta l4proto { 6, 17, 132 } ip daddr . meta l4proto . th dport != @p4-http',
      'meta nfproto ipv4 meta l4proto != { 6, 17, 132 }',
    ],
  ],
  ['a name that nobody has never matches', { protocol: 'TCP', destination: { ports: ['nobody'] } }, []],
  [
    'a negated name that nobody has excludes nothing',
    { ipVersion: 4, protocol: 'TCP', destination: { notPorts: ['nobody'] } },
    ['meta nfproto ipv4 meta l4proto 6'],
  ],
  [
    'nets are of one family, merged',
    { source: { nets: ['10.0.0.0/9', '10.128.0.0/9'], notNets: ['10.1.0.0/16'] } },
    ['meta nfproto ipv4 ip saddr { 10.0.0.0/8 } ip saddr != { 10.1.0.0/16 }'],
  ],
  [
    'a selector is a set for each family',
    { source: { selector: "app == 'web'" } },
    ['meta nfproto ipv4 ip saddr @s4', 'meta nfproto ipv6 ip6 saddr @s6'],
  ],
  ['a selector that selects nothing never matches', { source: { selector: "app == 'nobody'" } }, []],
])('%s', (_, rule, expected) => expect(matchesOf(rule)).toEqual(expected))
