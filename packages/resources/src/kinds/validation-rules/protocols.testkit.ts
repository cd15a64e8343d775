/** Actions, IP versions and protocols of a rule. Numbers of rules: spec/api.md 2.1. */
import { ingress } from '../examples.testkit.ts'
import { type RuleCases, rule } from './rule-cases.testkit.ts'

export const protocolRules: readonly RuleCases[] = [
  {
    rule: 1,
    says: 'an action is one of four words, spelled exactly',
    accepts: [ingress({ action: 'Allow' })],
    rejects: [[ingress({ action: 'allow' }), `${rule}.action`]],
  },
  {
    rule: 2,
    says: 'an IP version is 4 or 6',
    accepts: [ingress({ ipVersion: 4 }), ingress({ ipVersion: 6 })],
    rejects: [[ingress({ ipVersion: 5 }), `${rule}.ipVersion`]],
  },
  {
    rule: 3,
    says: 'the number of a protocol is from 1 to 255',
    accepts: [
      ingress({ protocol: '006' }),
      ingress({ protocol: 132 }),
      ingress({ protocol: 1 }),
      ingress({ protocol: '255' }),
    ],
    rejects: [
      [ingress({ protocol: '256' }), `${rule}.protocol`],
      [ingress({ protocol: -1 }), `${rule}.protocol`],
      [ingress({ protocol: '+6' }), `${rule}.protocol`],
      [ingress({ protocol: 0 }), `${rule}.protocol`],
      [ingress({ protocol: 256 }), `${rule}.protocol`],
      [ingress({ notProtocol: '0' }), `${rule}.notProtocol`],
    ],
  },
  {
    rule: 4,
    says: 'the name of a protocol is one of six, spelled exactly',
    accepts: ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'].map((protocol) => ingress({ protocol })),
    rejects: [
      [ingress({ protocol: 'any' }), `${rule}.protocol`],
      [ingress({ protocol: ' TCP' }), `${rule}.protocol`],
      [ingress({ notProtocol: 'udp' }), `${rule}.notProtocol`],
      [ingress({ protocol: 'GRE' }), `${rule}.protocol`],
      [ingress({ protocol: 'tcp' }), `${rule}.protocol`],
      [ingress({ protocol: '' }), `${rule}.protocol`],
    ],
  },
  {
    rule: 23,
    says: 'ICMP belongs to IPv4',
    accepts: [ingress({ protocol: 'ICMP', ipVersion: 4 }), ingress({ protocol: 1 })],
    rejects: [
      [ingress({ protocol: 'ICMP', ipVersion: 6 }), `${rule}.ipVersion`],
      [ingress({ protocol: 1, ipVersion: 6 }), `${rule}.ipVersion`],
    ],
  },
  {
    rule: 24,
    says: 'ICMPv6 belongs to IPv6',
    accepts: [ingress({ protocol: 'ICMPv6', ipVersion: 6 })],
    rejects: [
      [ingress({ protocol: 'ICMPv6', ipVersion: 4 }), `${rule}.ipVersion`],
      [ingress({ protocol: '58', ipVersion: 4 }), `${rule}.ipVersion`],
    ],
  },
  {
    rule: 25,
    says: 'so do the protocols that must not match',
    accepts: [
      ingress({ notProtocol: 'ICMP', ipVersion: 4 }),
      ingress({ notProtocol: 'ICMPv6', ipVersion: 6 }),
    ],
    rejects: [
      [ingress({ notProtocol: 'ICMP', ipVersion: 6 }), `${rule}.ipVersion`],
      [ingress({ notProtocol: 58, ipVersion: 4 }), `${rule}.ipVersion`],
    ],
  },
]
