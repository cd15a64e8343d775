/** Addresses of a rule. Numbers of rules: spec/api.md 2.1. */
import { ingress } from '../examples.testkit.ts'
import { many, type RuleCases, rule } from './rule-cases.testkit.ts'

export const netRules: readonly RuleCases[] = [
  {
    rule: 13,
    says: 'a rule has at most 256 nets in a list, each once',
    accepts: [ingress({ source: { nets: many(256, (i) => `10.0.${i}.0/24`) } })],
    rejects: [
      [
        ingress({ source: { nets: many(257, (i) => `10.${i >> 8}.${i & 255}.0/24`) } }),
        `${rule}.source.nets`,
      ],
      [ingress({ source: { notNets: ['10.0.0.0/8', '10.0.0.0/8'] } }), `${rule}.source.notNets[1]`],
    ],
  },
  {
    rule: 14,
    says: 'a net has no bits set beyond its prefix',
    accepts: ['10.0.0.0/8', 'fd00::/8', 'FD00:0::/8', '::ffff:10.0.0.0/104'].map((net) =>
      ingress({ source: { nets: [net] } }),
    ),
    rejects: [
      [ingress({ destination: { notNets: ['fd00::1/64'] } }), `${rule}.destination.notNets[0]`],
      ...[
        '10.1.0.0/8',
        '10.0.0.0/33',
        '::/129',
        '010.0.0.0/8',
        '10.0.0/24',
        '10.0.0.0/255.0.0.0',
        '10.0.0.0/',
        'fe80::%eth0/64',
        ' 10.0.0.0/8',
        '',
      ].map((net) => [ingress({ source: { nets: [net] } }), `${rule}.source.nets[0]`] as const),
    ],
  },
  {
    rule: 15,
    says: 'a net of a rule is a CIDR, not an address',
    accepts: [ingress({ source: { nets: ['1.2.3.4/32'] } })],
    rejects: [
      [ingress({ source: { nets: ['1.2.3.4'] } }), `${rule}.source.nets[0]`],
      [ingress({ source: { notNets: ['fd00::1'] } }), `${rule}.source.notNets[0]`],
    ],
  },
  {
    rule: 16,
    says: 'all nets of a rule are of one IP version',
    accepts: [ingress({ source: { nets: ['10.0.0.0/8'] }, destination: { notNets: ['11.0.0.0/8'] } })],
    rejects: [
      [
        ingress({ source: { nets: ['10.0.0.0/8'] }, destination: { notNets: ['fd00::/8'] } }),
        `${rule}.destination.notNets[0]`,
      ],
      [
        ingress({ source: { nets: ['10.0.0.0/8'] }, destination: { nets: ['fd00::/8'] } }),
        `${rule}.destination.nets[0]`,
      ],
      [ingress({ source: { nets: ['10.0.0.0/8', 'fd00::/8'] } }), `${rule}.source.nets[1]`],
    ],
  },
  {
    rule: 17,
    says: 'the nets of a rule have the IP version that the rule says',
    accepts: [ingress({ ipVersion: 4, source: { nets: ['10.0.0.0/8'] } })],
    rejects: [[ingress({ ipVersion: 6, source: { nets: ['10.0.0.0/8'] } }), `${rule}.source.nets[0]`]],
  },
  {
    rule: 18,
    says: 'the whole address space is not excluded',
    accepts: [ingress({ source: { nets: ['0.0.0.0/0'] } }), ingress({ source: { nets: ['::/0'] } })],
    rejects: ['::/0', '0::/0', '0:0:0:0:0:0:0:0/0', '::0.0.0.0/0', '0.0.0.0/0'].map(
      (net) => [ingress({ source: { notNets: [net] } }), `${rule}.source.notNets[0]`] as const,
    ),
  },
]
