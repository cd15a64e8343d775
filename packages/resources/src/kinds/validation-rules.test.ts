/** Every rule of spec/api.md 2.1 that concerns a kind of this package, by its number there. */
import { expect, test } from 'vitest'
import {
  egress,
  globalIngress,
  globalNetworkSet,
  globalPolicy,
  ingress,
  issuePaths,
  networkPolicy,
  networkSet,
  stagedGlobalPolicy,
  stagedKubernetesPolicy,
  stagedPolicy,
  tier,
} from './examples.testkit.ts'

interface RuleCases {
  readonly rule: number
  readonly accepts: readonly unknown[]
  /** An input and the path of the issue that it must have; nothing else may be wrong with it. */
  readonly rejects: readonly (readonly [input: unknown, path: string])[]
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const text = (length: number) => `a == "${'x'.repeat(length - 7)}"`
const rule = 'spec.ingress[0]'
const out = 'spec.egress[0]'
const tcp = { protocol: 'TCP' }
const services = { name: 's', namespace: 'n' }

const cases: readonly RuleCases[] = [
  {
    rule: 1,
    accepts: [ingress({ action: 'Allow' })],
    rejects: [[ingress({ action: 'allow' }), `${rule}.action`]],
  },
  {
    rule: 2,
    accepts: [ingress({ ipVersion: 4 }), ingress({ ipVersion: 6 })],
    rejects: [[ingress({ ipVersion: 5 }), `${rule}.ipVersion`]],
  },
  {
    rule: 3,
    accepts: [ingress({ protocol: 132 }), ingress({ protocol: 1 }), ingress({ protocol: '255' })],
    rejects: [
      [ingress({ protocol: 0 }), `${rule}.protocol`],
      [ingress({ protocol: 256 }), `${rule}.protocol`],
      [ingress({ notProtocol: '0' }), `${rule}.notProtocol`],
    ],
  },
  {
    rule: 4,
    accepts: ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'].map((protocol) => ingress({ protocol })),
    rejects: [
      [ingress({ protocol: 'GRE' }), `${rule}.protocol`],
      [ingress({ protocol: 'tcp' }), `${rule}.protocol`],
      [ingress({ protocol: '' }), `${rule}.protocol`],
    ],
  },
  {
    rule: 5,
    accepts: [ingress({ destination: { ports: ['http'] } })],
    rejects: [
      [ingress({ destination: { ports: [80] } }), `${rule}.protocol`],
      [ingress({ source: { notPorts: ['http', '1:5'] } }), `${rule}.protocol`],
    ],
  },
  {
    rule: 6,
    accepts: [
      ingress({ protocol: 'UDP', destination: { ports: [53] } }),
      ingress({ protocol: 132, destination: { ports: [53] } }),
      ingress({ protocol: 'ICMP', destination: { ports: [] } }),
    ],
    rejects: [
      [ingress({ protocol: 'ICMP', destination: { ports: ['http'] } }), `${rule}.destination.ports`],
      [ingress({ protocol: 'UDPLite', destination: { ports: [53] } }), `${rule}.destination.ports`],
      [ingress({ protocol: 7, source: { notPorts: [1] } }), `${rule}.source.notPorts`],
    ],
  },
  {
    rule: 7,
    accepts: [ingress({ ...tcp, notProtocol: 'UDP', source: { ports: [80] } })],
    rejects: [[ingress({ notProtocol: 'UDP', source: { ports: [80] } }), `${rule}.protocol`]],
  },
  {
    rule: 8,
    accepts: [ingress({ ...tcp, source: { ports: [1, 65535, '80'] } })],
    rejects: [
      [ingress({ ...tcp, source: { ports: [0] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: [80, 65536] } }), `${rule}.source.ports[1]`],
      [ingress({ ...tcp, source: { ports: [-1] } }), `${rule}.source.ports[0]`],
      [ingress({ ...tcp, source: { ports: ['1:65536'] } }), `${rule}.source.ports[0]`],
    ],
  },
  {
    rule: 9,
    accepts: [ingress({ ...tcp, source: { ports: ['1:5', '5:5'] } })],
    rejects: [[ingress({ ...tcp, source: { ports: ['5:1'] } }), `${rule}.source.ports[0]`]],
  },
  {
    rule: 10,
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
    accepts: [ingress({ ...tcp, source: { ports: ['http-alt', '8080-tcp', 'a'] } })],
    rejects: ['my_port', 'HTTP', '-a', 'a--b', 'sixteen-letters-', '', '1-2'].map(
      (port) => [ingress({ ...tcp, source: { ports: [port] } }), `${rule}.source.ports[0]`] as const,
    ),
  },
  {
    rule: 12,
    accepts: [ingress({ ...tcp, source: { ports: many(50, (i) => i + 1) } })],
    rejects: [
      [ingress({ ...tcp, source: { ports: many(51, (i) => i + 1) } }), `${rule}.source.ports`],
      [ingress({ ...tcp, source: { notPorts: many(51, (i) => i + 1) } }), `${rule}.source.notPorts`],
    ],
  },
  {
    rule: 13,
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
    accepts: [ingress({ source: { nets: ['10.0.0.0/8'] } }), ingress({ source: { nets: ['fd00::/8'] } })],
    rejects: [
      [ingress({ source: { nets: ['10.1.0.0/8'] } }), `${rule}.source.nets[0]`],
      [ingress({ destination: { notNets: ['fd00::1/64'] } }), `${rule}.destination.notNets[0]`],
      [ingress({ source: { nets: ['10.0.0.0/33'] } }), `${rule}.source.nets[0]`],
      [ingress({ source: { nets: ['010.0.0.0/8'] } }), `${rule}.source.nets[0]`],
    ],
  },
  {
    rule: 15,
    accepts: [ingress({ source: { nets: ['1.2.3.4/32'] } })],
    rejects: [[ingress({ source: { nets: ['1.2.3.4'] } }), `${rule}.source.nets[0]`]],
  },
  {
    rule: 16,
    accepts: [ingress({ source: { nets: ['10.0.0.0/8'] }, destination: { notNets: ['11.0.0.0/8'] } })],
    rejects: [
      [
        ingress({ source: { nets: ['10.0.0.0/8'] }, destination: { nets: ['fd00::/8'] } }),
        `${rule}.destination.nets[0]`,
      ],
      [ingress({ source: { nets: ['10.0.0.0/8', 'fd00::/8'] } }), `${rule}.source.nets[1]`],
    ],
  },
  {
    rule: 17,
    accepts: [ingress({ ipVersion: 4, source: { nets: ['10.0.0.0/8'] } })],
    rejects: [[ingress({ ipVersion: 6, source: { nets: ['10.0.0.0/8'] } }), `${rule}.source.nets[0]`]],
  },
  {
    rule: 18,
    accepts: [ingress({ source: { nets: ['0.0.0.0/0'] } }), ingress({ source: { nets: ['::/0'] } })],
    rejects: ['::/0', '0::/0', '0:0:0:0:0:0:0:0/0', '0.0.0.0/0'].map(
      (net) => [ingress({ source: { notNets: [net] } }), `${rule}.source.notNets[0]`] as const,
    ),
  },
  {
    rule: 19,
    accepts: ['ICMP', 'ICMPv6', 1, 58].map((protocol) => ingress({ protocol, icmp: { type: 8 } })),
    rejects: [
      [ingress({ ...tcp, icmp: { type: 8 } }), `${rule}.protocol`],
      [ingress({ icmp: { type: 8 } }), `${rule}.protocol`],
      [ingress({ icmp: {} }), `${rule}.protocol`],
    ],
  },
  {
    rule: 20,
    accepts: [ingress({ notICMP: { type: 8 } }), ingress({ ...tcp, notICMP: { type: 8 } })],
    rejects: [],
  },
  {
    rule: 21,
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
  {
    rule: 23,
    accepts: [ingress({ protocol: 'ICMP', ipVersion: 4 }), ingress({ protocol: 1 })],
    rejects: [
      [ingress({ protocol: 'ICMP', ipVersion: 6 }), `${rule}.ipVersion`],
      [ingress({ protocol: 1, ipVersion: 6 }), `${rule}.ipVersion`],
    ],
  },
  {
    rule: 24,
    accepts: [ingress({ protocol: 'ICMPv6', ipVersion: 6 })],
    rejects: [
      [ingress({ protocol: 'ICMPv6', ipVersion: 4 }), `${rule}.ipVersion`],
      [ingress({ protocol: '58', ipVersion: 4 }), `${rule}.ipVersion`],
    ],
  },
  {
    rule: 25,
    accepts: [
      ingress({ notProtocol: 'ICMP', ipVersion: 4 }),
      ingress({ notProtocol: 'ICMPv6', ipVersion: 6 }),
    ],
    rejects: [
      [ingress({ notProtocol: 'ICMP', ipVersion: 6 }), `${rule}.ipVersion`],
      [ingress({ notProtocol: 58, ipVersion: 4 }), `${rule}.ipVersion`],
    ],
  },
  {
    rule: 26,
    accepts: [undefined, 'TCP', 6].map((protocol) => ingress({ protocol, http: { methods: ['GET'] } })),
    rejects: [[ingress({ protocol: 'UDP', http: { methods: ['GET'] } }), `${rule}.protocol`]],
  },
  {
    rule: 27,
    accepts: [ingress({ action: 'Allow', http: {} })],
    rejects: ['Deny', 'Log', 'Pass'].map(
      (action) => [ingress({ action, http: {} }), `${rule}.http`] as const,
    ),
  },
  {
    rule: 28,
    accepts: [globalIngress({ http: { methods: ['GET'] } })],
    rejects: [
      [egress({ http: { methods: ['GET'] } }), `${out}.http`],
      [globalPolicy({ egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
      [stagedPolicy({ egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
    ],
  },
  {
    rule: 29,
    accepts: [ingress({ http: { methods: ['GET', 'PUT'] } })],
    rejects: [[ingress({ http: { methods: ['GET', 'GET'] } }), `${rule}.http.methods[1]`]],
  },
  {
    rule: 30,
    accepts: [ingress({ http: { paths: [{ prefix: '/a' }, { exact: '/b' }] } })],
    rejects: [{}, { exact: '/a', prefix: '/a' }, { exact: '' }].map(
      (path) => [ingress({ http: { paths: [path] } }), `${rule}.http.paths[0]`] as const,
    ),
  },
  {
    rule: 31,
    accepts: [ingress({ http: { paths: [{ exact: '/' }, { prefix: '/a/b-c_d' }] } })],
    rejects: ['a', '/a?x', '/a b', '/a#b'].map(
      (exact) => [ingress({ http: { paths: [{ exact }] } }), `${rule}.http.paths[0]`] as const,
    ),
  },
  {
    rule: 32,
    accepts: [
      ingress({ http: { methods: many(20, (i) => `M${i}`), paths: many(20, (i) => ({ exact: `/${i}` })) } }),
      ingress({ http: { paths: [{ exact: `/${'a'.repeat(1023)}` }] } }),
    ],
    rejects: [
      [ingress({ http: { methods: many(21, (i) => `M${i}`) } }), `${rule}.http.methods`],
      [ingress({ http: { paths: many(21, (i) => ({ exact: `/${i}` })) } }), `${rule}.http.paths`],
      [ingress({ http: { paths: [{ prefix: `/${'a'.repeat(1024)}` }] } }), `${rule}.http.paths[0].prefix`],
    ],
  },
  {
    rule: 33,
    accepts: [ingress({ source: { services: { name: 's' } } })],
    rejects: [
      [ingress({ source: { services: { namespace: 'n' } } }), `${rule}.source.services.name`],
      [ingress({ source: { services: { name: '' } } }), `${rule}.source.services.name`],
    ],
  },
  {
    rule: 34,
    accepts: [ingress({ source: { services } }), ingress({ source: { services, selector: '' } })],
    rejects: [
      [ingress({ source: { services, selector: 'all()' } }), `${rule}.source.selector`],
      [ingress({ source: { services, notSelector: 'all()' } }), `${rule}.source.notSelector`],
    ],
  },
  {
    rule: 35,
    accepts: [ingress({ source: { services, namespaceSelector: '' } })],
    rejects: [
      [ingress({ source: { services, namespaceSelector: 'all()' } }), `${rule}.source.namespaceSelector`],
    ],
  },
  {
    rule: 36,
    accepts: [ingress({ source: { services } })],
    rejects: [[ingress({ source: { services, serviceAccounts: {} } }), `${rule}.source.serviceAccounts`]],
  },
  {
    rule: 37,
    accepts: [ingress({ source: { services, nets: [] } })],
    rejects: [
      [ingress({ source: { services, nets: ['10.0.0.0/8'] } }), `${rule}.source.nets`],
      [ingress({ source: { services, notNets: ['10.0.0.0/8'] } }), `${rule}.source.notNets`],
    ],
  },
  {
    rule: 38,
    accepts: [
      ingress({ ...tcp, source: { services, ports: [80] } }),
      ingress({ ...tcp, source: { services, notPorts: [80] } }),
    ],
    rejects: [
      [egress({ ...tcp, destination: { services, ports: [80] } }), `${out}.destination.ports`],
      [egress({ ...tcp, destination: { services, notPorts: [80] } }), `${out}.destination.notPorts`],
    ],
  },
  {
    rule: 39,
    accepts: [egress({ destination: { services } })],
    rejects: [[egress({ source: { services } }), `${out}.source.services`]],
  },
  {
    rule: 40,
    accepts: [ingress({ source: { services } })],
    rejects: [[ingress({ destination: { services } }), `${rule}.destination.services`]],
  },
  {
    rule: 41,
    accepts: [globalIngress({ source: { services } }), ingress({ source: { services: { name: 's' } } })],
    rejects: [
      [globalIngress({ source: { services: { name: 's' } } }), `${rule}.source.services.namespace`],
      [
        stagedGlobalPolicy({
          ingress: [{ action: 'Allow', source: { services: { name: 's', namespace: '' } } }],
        }),
        `${rule}.source.services.namespace`,
      ],
    ],
  },
  {
    rule: 42,
    accepts: [ingress({ source: { selector: "a == 'b'" } })],
    rejects: [
      [ingress({ source: { selector: 'global()' } }), `${rule}.source.selector`],
      [ingress({ source: { selector: "a == 'global('" } }), `${rule}.source.selector`],
    ],
  },
  {
    rule: 43,
    accepts: [
      ingress({ source: { namespaceSelector: 'global()' } }),
      ingress({ source: { namespaceSelector: ' global( ) ' } }),
    ],
    rejects: ["global() || a == 'b'", '!global()', "a == 'global('", '(global())'].map(
      (namespaceSelector) =>
        [ingress({ source: { namespaceSelector } }), `${rule}.source.namespaceSelector`] as const,
    ),
  },
  {
    rule: 44,
    accepts: [
      globalPolicy({ selector: 'all()', serviceAccountSelector: 'all()', namespaceSelector: 'all()' }),
    ],
    rejects: [
      [networkPolicy({ selector: 'global()' }), 'spec.selector'],
      [networkPolicy({ serviceAccountSelector: 'global()' }), 'spec.serviceAccountSelector'],
      [globalPolicy({ namespaceSelector: 'global()' }), 'spec.namespaceSelector'],
    ],
  },
  {
    rule: 45,
    accepts: [networkPolicy({ selector: 'has(a)' }), networkPolicy({ selector: '' })],
    rejects: [
      [networkPolicy({ selector: 'has(a' }), 'spec.selector'],
      [networkPolicy({ serviceAccountSelector: 'a = "b"' }), 'spec.serviceAccountSelector'],
      [globalPolicy({ namespaceSelector: 'a == b' }), 'spec.namespaceSelector'],
      [ingress({ source: { selector: 'a in {"b"' } }), `${rule}.source.selector`],
      [ingress({ source: { notSelector: '&& a' } }), `${rule}.source.notSelector`],
      [ingress({ source: { namespaceSelector: 'has()' } }), `${rule}.source.namespaceSelector`],
    ],
  },
  {
    rule: 46,
    accepts: [networkPolicy({ selector: text(1024) }), ingress({ source: { selector: text(1024) } })],
    rejects: [
      [networkPolicy({ selector: text(1025) }), 'spec.selector'],
      [ingress({ source: { notSelector: text(1025) } }), `${rule}.source.notSelector`],
    ],
  },
  {
    rule: 47,
    accepts: [networkPolicy({ ingress: many(1024, () => ({ action: 'Allow' })) })],
    rejects: [[networkPolicy({ egress: many(1025, () => ({ action: 'Allow' })) }), 'spec.egress']],
  },
  {
    rule: 48,
    accepts: [networkPolicy({ types: ['Ingress'] }), networkPolicy({ types: ['Egress', 'Ingress'] })],
    rejects: [
      [networkPolicy({ types: [] }), 'spec.types'],
      [networkPolicy({ types: ['Ingress', 'Ingress'] }), 'spec.types[1]'],
      [networkPolicy({ types: ['ingress'] }), 'spec.types[0]'],
    ],
  },
  {
    rule: 49,
    accepts: [globalPolicy({ doNotTrack: true, applyOnForward: true })],
    rejects: [[globalPolicy({ doNotTrack: true, preDNAT: true, applyOnForward: true }), 'spec.preDNAT']],
  },
  {
    rule: 50,
    accepts: [
      globalPolicy({ preDNAT: true, applyOnForward: true, ingress: [{ action: 'Allow' }] }),
      globalPolicy({ doNotTrack: true, applyOnForward: true, egress: [{ action: 'Allow' }] }),
    ],
    rejects: [
      [globalPolicy({ preDNAT: true, applyOnForward: true, egress: [{ action: 'Allow' }] }), 'spec.egress'],
    ],
  },
  {
    rule: 51,
    accepts: [globalPolicy({ preDNAT: true, applyOnForward: true, types: ['Ingress'] })],
    rejects: [
      [globalPolicy({ preDNAT: true, applyOnForward: true, types: ['Ingress', 'Egress'] }), 'spec.types'],
    ],
  },
  {
    rule: 52,
    accepts: [globalPolicy({ preDNAT: true, applyOnForward: true }), globalPolicy({ applyOnForward: true })],
    rejects: [
      [globalPolicy({ doNotTrack: true }), 'spec.applyOnForward'],
      [globalPolicy({ preDNAT: true, applyOnForward: false }), 'spec.applyOnForward'],
    ],
  },
  {
    rule: 53,
    accepts: [networkPolicy({ performanceHints: ['AssumeNeededOnEveryNode'] })],
    rejects: [
      [networkPolicy({ performanceHints: ['other'] }), 'spec.performanceHints[0]'],
      [
        networkPolicy({ performanceHints: ['AssumeNeededOnEveryNode', 'AssumeNeededOnEveryNode'] }),
        'spec.performanceHints[1]',
      ],
    ],
  },
  {
    rule: 54,
    accepts: [networkPolicy({ tier: 'sec' }), globalPolicy({ tier: '' })],
    rejects: [
      [networkPolicy({ tier: 'Sec_1' }), 'spec.tier'],
      [stagedGlobalPolicy({ tier: '-a' }), 'spec.tier'],
    ],
  },
  {
    rule: 55,
    accepts: [
      ...['a', 'tier.a', 'knp.default.a.b.c', 'ossg.default.x'].map((name) => networkPolicy({}, name)),
      stagedPolicy({}, 'tier.a'),
    ],
    rejects: ['a.b.c', 'A', 'a_b', '-a', 'a.', '', 'knp.default.', 'x'.repeat(254)].flatMap((name) => [
      [networkPolicy({}, name), 'metadata.name'] as const,
      [stagedPolicy({}, name), 'metadata.name'] as const,
    ]),
  },
  {
    rule: 56,
    accepts: [globalPolicy({}, 'sec.a'), stagedGlobalPolicy({}, 'a')],
    rejects: ['a.b.c', 'knp.default.a', 'a b'].flatMap((name) => [
      [globalPolicy({}, name), 'metadata.name'] as const,
      [stagedGlobalPolicy({}, name), 'metadata.name'] as const,
    ]),
  },
  {
    rule: 57,
    accepts: [tier('sec', {}), tier('x'.repeat(63), {})],
    rejects: ['a.b', 'x'.repeat(64), 'Sec'].map((name) => [tier(name, {}), 'metadata.name'] as const),
  },
  {
    // Allow is ours: Calico's own API has Deny and Pass only.
    rule: 58,
    accepts: ['Deny', 'Pass', 'Allow'].map((defaultAction) => tier('sec', { defaultAction })),
    rejects: ['Log', 'pass', ''].map(
      (defaultAction) => [tier('sec', { defaultAction }), 'spec.defaultAction'] as const,
    ),
  },
  {
    rule: 59,
    accepts: [
      tier('default', { order: 1e6, defaultAction: 'Deny' }),
      tier('default', {}),
      tier('kube-admin', { order: 1000, defaultAction: 'Pass' }),
      tier('kube-baseline', { order: 1e7, defaultAction: 'Pass' }),
    ],
    rejects: [
      [tier('default', { defaultAction: 'Pass' }), 'spec.defaultAction'],
      [tier('default', { defaultAction: 'Allow' }), 'spec.defaultAction'],
      [tier('default', { order: 10 }), 'spec.order'],
      [tier('kube-admin', { defaultAction: 'Pass' }), 'spec.order'],
      [tier('kube-baseline', { order: 1e7 }), 'spec.defaultAction'],
    ],
  },
  {
    rule: 60,
    accepts: [
      stagedPolicy({ stagedAction: 'Delete', tier: 'sec' }),
      stagedGlobalPolicy({ stagedAction: 'Delete', selector: '', doNotTrack: false }),
      stagedKubernetesPolicy({ stagedAction: 'Delete', podSelector: {} }),
    ],
    rejects: [
      [stagedPolicy({ stagedAction: 'Delete', selector: 'all()' }), 'spec.selector'],
      [stagedPolicy({ stagedAction: 'Delete', types: ['Ingress'] }), 'spec.types'],
      [stagedGlobalPolicy({ stagedAction: 'Delete', order: 0 }), 'spec.order'],
      [stagedKubernetesPolicy({ stagedAction: 'Delete', policyTypes: ['Ingress'] }), 'spec.policyTypes'],
    ],
  },
  {
    rule: 61,
    accepts: [
      stagedPolicy({ stagedAction: 'Set', ingress: [{ action: 'Allow', http: {} }] }),
      stagedKubernetesPolicy({ stagedAction: 'Learn', ingress: [{}] }),
    ],
    rejects: [
      [stagedPolicy({ stagedAction: 'Set', egress: [{ action: 'Allow', http: {} }] }), `${out}.http`],
      [stagedGlobalPolicy({ stagedAction: 'Ignore', preDNAT: true }), 'spec.applyOnForward'],
      [stagedPolicy({ stagedAction: 'Keep' }), 'spec.stagedAction'],
      [
        stagedKubernetesPolicy({ ingress: [{ ports: [{ port: 'http', endPort: 90 }] }] }),
        `${rule}.ports[0].endPort`,
      ],
      [
        stagedKubernetesPolicy({ ingress: [{ from: [{ ipBlock: { cidr: 'x' } }] }] }),
        `${rule}.from[0].ipBlock.cidr`,
      ],
    ],
  },
  {
    rule: 62,
    accepts: [
      ingress({ metadata: { annotations: { 'a/b': 'x', 'Upper.Case/Key': '' } } }),
      ingress({ metadata: { annotations: { a: 'x'.repeat(256 * 1024 - 1) } } }),
    ],
    rejects: [
      [ingress({ metadata: { annotations: { 'a b': 'x' } } }), `${rule}.metadata.annotations[a b]`],
      [ingress({ metadata: { annotations: { a: 'x'.repeat(256 * 1024) } } }), `${rule}.metadata.annotations`],
      [ingress({ metadata: { annotations: { a: '€'.repeat(100_000) } } }), `${rule}.metadata.annotations`],
    ],
  },
  {
    rule: 66,
    accepts: [
      ingress({ source: { serviceAccounts: { selector: 'has(a)', names: ['x'] } } }),
      ingress({ source: { serviceAccounts: {} } }),
      ingress({ source: { serviceAccounts: { selector: text(1024) } } }),
    ],
    rejects: [
      [
        ingress({ source: { serviceAccounts: { selector: 'has(' } } }),
        `${rule}.source.serviceAccounts.selector`,
      ],
      [
        ingress({ source: { serviceAccounts: { selector: text(1025) } } }),
        `${rule}.source.serviceAccounts.selector`,
      ],
      [
        ingress({ source: { serviceAccounts: { names: ['x', 'x'] } } }),
        `${rule}.source.serviceAccounts.names[1]`,
      ],
    ],
  },
  {
    rule: 67,
    accepts: [networkSet([], { env: 'x' }), globalNetworkSet([], { env: 'x' })],
    rejects: [networkSet, globalNetworkSet].map(
      (set) =>
        [
          set([], { 'projectcalico.org/namespace': 'x' }),
          'metadata.labels[projectcalico.org/namespace]',
        ] as const,
    ),
  },
  {
    rule: 68,
    accepts: [networkSet(['10.0.0.1', '10.1.0.0/8', 'fd00::1']), globalNetworkSet(['::/0', '0.0.0.0/0'])],
    rejects: [
      [networkSet(['10.0.0.1', 'foo']), 'spec.nets[1]'],
      [globalNetworkSet(['10.0.0.0/33']), 'spec.nets[0]'],
      [globalNetworkSet(['10.0.0.1', '10.0.0.1']), 'spec.nets[1]'],
    ],
  },
  {
    rule: 69,
    accepts: [ingress({ source: { services: { name: 'n'.repeat(253), namespace: 'n'.repeat(253) } } })],
    rejects: [
      [ingress({ source: { services: { name: 'n'.repeat(254) } } }), `${rule}.source.services.name`],
      [
        ingress({ source: { services: { ...services, namespace: 'n'.repeat(254) } } }),
        `${rule}.source.services.namespace`,
      ],
    ],
  },
  {
    rule: 70,
    accepts: [networkPolicy({ ingress: [{ action: 'Log' }, { action: 'Pass' }, { action: 'Deny' }] })],
    rejects: [],
  },
]

for (const { rule: number, accepts, rejects } of cases) {
  test(`rule ${number} accepts`, () => {
    for (const input of accepts) expect(issuePaths(input), JSON.stringify(input).slice(0, 300)).toEqual([])
  })
  if (rejects.length === 0) continue
  test(`rule ${number} rejects, and says where`, () => {
    for (const [input, path] of rejects)
      expect(issuePaths(input), JSON.stringify(input).slice(0, 300)).toEqual([path])
  })
}

test('every rule has a case: 63 to 65 are about host endpoints', () => {
  const numbers = Array.from({ length: 70 }, (_, index) => index + 1).filter(
    (number) => number < 63 || number > 65,
  )
  expect(cases.map(({ rule: number }) => number)).toEqual(numbers)
})

test('only rules that permit something have no rejection', () => {
  expect(cases.filter(({ rejects }) => rejects.length === 0).map(({ rule: number }) => number)).toEqual([
    20, 70,
  ])
})
