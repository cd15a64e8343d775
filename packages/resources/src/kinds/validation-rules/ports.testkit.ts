/** Ports of a rule. Numbers of rules: spec/api.md 2.1. */
import { ingress } from '../examples.testkit.ts'
import { many, type RuleCases, rule, tcp } from './rule-cases.testkit.ts'

export const portRules: readonly RuleCases[] = [
  {
    rule: 5,
    says: 'without a protocol, ports can only be names',
    accepts: [ingress({ destination: { ports: ['http'] } })],
    rejects: [
      [ingress({ destination: { ports: [80] } }), `${rule}.protocol`],
      [ingress({ source: { notPorts: ['http', '1:5'] } }), `${rule}.protocol`],
    ],
  },
  {
    rule: 6,
    says: 'only TCP, UDP and SCTP have ports',
    accepts: [
      ingress({ protocol: 'UDP', destination: { ports: [53] } }),
      ingress({ protocol: 132, destination: { ports: [53] } }),
      ingress({ protocol: 'ICMP', destination: { ports: [] } }),
    ],
    rejects: [
      [ingress({ protocol: 'ICMPv6', source: { notPorts: ['http'] } }), `${rule}.source.notPorts`],
      [ingress({ protocol: 'ICMP', destination: { ports: ['http'] } }), `${rule}.destination.ports`],
      [ingress({ protocol: 'UDPLite', destination: { ports: [53] } }), `${rule}.destination.ports`],
      [ingress({ protocol: 7, source: { notPorts: [1] } }), `${rule}.source.notPorts`],
    ],
  },
  {
    rule: 7,
    says: 'a protocol that must not match says nothing about ports',
    accepts: [ingress({ ...tcp, notProtocol: 'UDP', source: { ports: [80] } })],
    rejects: [[ingress({ notProtocol: 'UDP', source: { ports: [80] } }), `${rule}.protocol`]],
  },
  {
    rule: 8,
    says: 'the number of a port is from 1 to 65535',
    accepts: [ingress({ ...tcp, source: { ports: [1, 65535, '80', '080'] } })],
    rejects: [
      [ingress({ ...tcp, source: { ports: ['0'] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: ['0:80'] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: ['-1:80'] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: [80.5] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: [0] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: [80, 65536] } }), `${rule}.source.ports[1]`],
      [ingress({ ...tcp, source: { ports: [-1] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: ['1:65536'] } }), `${rule}.source.ports[0]`],
    ],
  },
  {
    rule: 9,
    says: 'a range of ports ascends',
    accepts: [ingress({ ...tcp, source: { ports: ['1:5', '5:5', '1:65535'] } })],
    rejects: ['5:1', '1:2:3', '1:', ':5', '80 : 90', ' 80:90', '80:90 '].map(
      (port) => [ingress({ ...tcp, source: { ports: [port] } }), `${rule}.source.ports[0]`] as const,
    ),
  },
  {
    rule: 10,
    says: 'a port is either a name or numbers',
    accepts: [ingress({ ...tcp, source: { ports: ['http'] } })],
    rejects: [
      [ingress({ ...tcp, source: { ports: ['http:80'] } }), `${rule}.source.ports[0]`],
      [
        ingress({ ...tcp, source: { ports: [{ portName: 'http', minPort: 80 }] } }),
        `${rule}.source.ports[0]`,
      ],
    ],
  },
  {
    rule: 11,
    says: 'the name of a port is that of a Kubernetes port',
    accepts: [ingress({ ...tcp, source: { ports: ['http-alt', '8080-tcp', 'a'] } })],
    rejects: ['my_port', 'HTTP', '-a', 'a--b', 'sixteen-letters-', '', '1-2'].map(
      (port) => [ingress({ ...tcp, source: { ports: [port] } }), `${rule}.source.ports[0]`] as const,
    ),
  },
  {
    rule: 12,
    says: 'a rule has at most 50 ports in a list',
    accepts: [ingress({ ...tcp, source: { ports: many(50, (i) => i + 1) } })],
    rejects: [
      [ingress({ ...tcp, source: { ports: many(51, (i) => i + 1) } }), `${rule}.source.ports`],
      [ingress({ ...tcp, source: { notPorts: many(51, (i) => i + 1) } }), `${rule}.source.notPorts`],
    ],
  },
]
