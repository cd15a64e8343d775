/** Interfaces of hosts. Numbers of rules: spec/api.md 2.1. */
import { hostEndpoint } from '../examples.testkit.ts'
import type { RuleCases } from './rule-cases.testkit.ts'

const port = { name: 'http', protocol: 'TCP', port: 80 }
const withPort = (fields: object) => hostEndpoint({ ports: [{ ...port, ...fields }] })
const at = 'spec.ports[0]'

export const hostEndpointRules: readonly RuleCases[] = [
  {
    rule: 63,
    says: 'a host endpoint is on a node, and has an interface or an address',
    accepts: [
      hostEndpoint({}),
      hostEndpoint({ interfaceName: undefined, expectedIPs: ['10.0.0.1', 'fd00::1'] }),
      hostEndpoint({ expectedIPs: ['10.0.0.1'] }),
      hostEndpoint({ node: 'node-1.example.org' }),
    ],
    rejects: [
      [hostEndpoint({ node: undefined }), 'spec.node'],
      [hostEndpoint({ node: '' }), 'spec.node'],
      [hostEndpoint({ node: 'Node_1' }), 'spec.node'],
      [hostEndpoint({ node: 'n'.repeat(254) }), 'spec.node'],
      [hostEndpoint({ interfaceName: undefined }), 'spec.interfaceName'],
      [hostEndpoint({ interfaceName: '', expectedIPs: [] }), 'spec.interfaceName'],
    ],
  },
  {
    rule: 64,
    says: 'an interface is all of them, or has a name of Linux',
    accepts: ['*', 'e', 'Bond_0.100-a', 'x'.repeat(15)].map((interfaceName) =>
      hostEndpoint({ interfaceName }),
    ),
    rejects: ['x'.repeat(16), 'eth:0', 'eth&0', 'eth 0', 'eth*', '**'].map(
      (interfaceName) => [hostEndpoint({ interfaceName }), 'spec.interfaceName'] as const,
    ),
  },
  {
    rule: 65,
    says: 'a port of a host endpoint has a name, and a protocol with ports',
    accepts: [
      ...['TCP', 'UDP', 'SCTP', 6, '17', 132].map((protocol) => withPort({ protocol })),
      hostEndpoint({ ports: [port, { ...port, protocol: 'UDP', port: 8080 }] }),
    ],
    rejects: [
      ...['ICMP', 'UDPLite', 'tcp', '', 0, 123].map(
        (protocol) => [withPort({ protocol }), `${at}.protocol`] as const,
      ),
      [withPort({ protocol: undefined }), `${at}.protocol`],
      ...[0, 65536, -1, '80', undefined].map((number) => [withPort({ port: number }), `${at}.port`] as const),
      ...['', 'HTTP', 'my_port', '80', 'x'.repeat(16), undefined].map(
        (name) => [withPort({ name }), `${at}.name`] as const,
      ),
    ],
  },
]
