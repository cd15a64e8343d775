/** ICMP types and codes of a rule. Numbers of rules: spec/api.md 2.1. */
import { ingress } from '../examples.testkit.ts'
import { type RuleCases, rule, tcp } from './rule-cases.testkit.ts'

export const icmpRules: readonly RuleCases[] = [
  {
    rule: 19,
    says: 'ICMP types are for the ICMP protocols',
    accepts: ['ICMP', 'ICMPv6', 1, 58].map((protocol) => ingress({ protocol, icmp: { type: 8 } })),
    rejects: [
      [ingress({ ...tcp, icmp: { type: 8 } }), `${rule}.protocol`],
      [ingress({ icmp: { type: 8 } }), `${rule}.protocol`],
      [ingress({ icmp: {} }), `${rule}.protocol`],
    ],
  },
  {
    rule: 20,
    says: 'ICMP types that must not match need no protocol',
    accepts: [
      ingress({ notICMP: { type: 8 } }),
      ingress({ ...tcp, notICMP: { type: 8 } }),
      ingress({ notICMP: {} }),
    ],
    rejects: [],
  },
  {
    rule: 21,
    says: 'an ICMP code needs a type',
    accepts: [
      ingress({ protocol: 'ICMP', icmp: { type: 3, code: 1 } }),
      ingress({ notICMP: { type: 3, code: 0 } }),
    ],
    rejects: [
      [ingress({ protocol: 'ICMP', icmp: { code: 1 } }), `${rule}.icmp.type`],
      [ingress({ notICMP: { code: 1 } }), `${rule}.notICMP.type`],
    ],
  },
  {
    rule: 22,
    says: 'ICMP types end at 254, codes at 255',
    accepts: [
      ingress({ protocol: 'ICMP', icmp: { type: 254, code: 255 } }),
      ingress({ notICMP: { type: 0 } }),
    ],
    rejects: [
      [ingress({ protocol: 'ICMP', icmp: { type: 255 } }), `${rule}.icmp.type`],
      [ingress({ notICMP: { type: 1, code: 256 } }), `${rule}.notICMP.code`],
      [ingress({ notICMP: { type: -1 } }), `${rule}.notICMP.type`],
    ],
  },
]
