/** NetworkPolicy of networking.k8s.io/v1, by its own definition. Source: Kubernetes API; spec/api.md 5.1, I11. */
import { describe } from 'vitest'
import {
  allow,
  globalNetworkSet,
  kubernetesPolicy,
  networkSet,
  pass,
  pod,
  policy,
} from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const web = (what = 'TCP 80') => `shop/web > shop/db ${what}`
const teller = 'bank/teller > shop/db TCP 80'
const unknown = '203.0.113.9 > shop/db TCP 80'
const db = { matchLabels: { app: 'db' } }
const ofDb = (spec: object) => kubernetesPolicy('p', { podSelector: db, ...spec })
const from = (...peers: object[]) => ofDb({ ingress: [{ from: peers }] })
const ports = (...list: object[]) => ofDb({ ingress: [{ ports: list }] })

describe('peers', () => {
  testVerdicts([
    {
      name: 'no rule allows nobody',
      given: [ofDb({ ingress: [] })],
      denies: [web(), teller, unknown],
    },
    {
      name: 'a rule without peers allows everybody',
      given: [ofDb({ ingress: [{}] })],
      allows: [web(), teller, unknown, web('ICMP 8')],
    },
    {
      name: 'a rule with an empty list of peers allows everybody',
      given: [from()],
      allows: [web(), teller, unknown],
    },
    {
      name: 'an empty pod selector is every pod of the namespace',
      given: [from({ podSelector: {} })],
      allows: [web()],
      denies: [teller, unknown],
    },
    {
      name: 'an empty namespace selector is every pod, and nobody else',
      given: [
        from({ namespaceSelector: {} }),
        networkSet('shop', { a: '1' }, '203.0.113.9'),
        globalNetworkSet({ a: '1' }, '203.0.113.9'),
      ],
      allows: [web(), teller],
      denies: [unknown],
    },
    {
      name: 'a namespace selector is every pod of those namespaces, the own one not among them unless selected',
      given: [from({ namespaceSelector: { matchLabels: { team: 'money' } } })],
      allows: [teller],
      denies: [web(), unknown],
    },
    {
      name: 'both selectors in one peer must match',
      given: [
        from({
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bank' } },
          podSelector: { matchLabels: { app: 'web' } },
        }),
      ],
      denies: [web(), teller, unknown],
    },
    {
      name: 'peers are alternatives',
      given: [
        from(
          { namespaceSelector: { matchLabels: { team: 'money' } } },
          { podSelector: { matchLabels: { app: 'web' } } },
        ),
      ],
      allows: [web(), teller],
      denies: [unknown],
    },
    {
      name: 'NotIn and DoesNotExist hold for absent labels',
      given: [
        from({
          namespaceSelector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['x'] }] },
          podSelector: { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
        }),
      ],
      allows: [teller],
      denies: [web(), unknown],
    },
    {
      name: 'In and Exists need the label',
      given: [
        pod('shop', 'other', { ips: ['10.0.0.7'], labels: { app: 'web' } }),
        from({
          podSelector: {
            matchExpressions: [
              { key: 'env', operator: 'Exists' },
              { key: 'app', operator: 'In', values: ['web', 'api'] },
            ],
          },
        }),
      ],
      allows: [web()],
      denies: [teller, 'shop/other > shop/db TCP 80'],
    },
    {
      name: 'a block holds the addresses of pods and of others, but for its exceptions',
      given: [
        from(
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.1.0/24'] } },
          { ipBlock: { cidr: '203.0.113.0/24' } },
        ),
      ],
      allows: [web(), unknown],
      denies: [teller, 'shop/web > shop/db TCP 80 over IPv6'],
    },
    {
      name: 'an exception of one block does not take away what another holds',
      given: [
        from(
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.1.0/24'] } },
          { ipBlock: { cidr: '10.0.1.1/32' } },
        ),
      ],
      allows: [teller],
    },
    {
      name: 'egress is about the destination',
      given: [
        ofDb({
          policyTypes: ['Egress'],
          egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }] }],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080', web()],
      denies: ['shop/db > shop/web TCP 80', 'shop/db > bank/teller TCP 8080'],
    },
  ])
})

describe('ports', () => {
  testVerdicts([
    {
      name: 'a port without a protocol is of TCP',
      given: [ports({ port: 80 })],
      allows: [web('TCP 80')],
      denies: [web('UDP 80'), web('TCP 81'), web('ICMP 8')],
    },
    {
      name: 'a protocol without a port is all its ports, whatever stands beside it',
      given: [ports({ port: 80 }, { protocol: 'TCP' }, { protocol: 'UDP', port: 53 })],
      allows: [web('TCP 1'), web('UDP 53')],
      denies: [web('UDP 54'), web('SCTP 1')],
    },
    {
      name: 'a range has both its ends',
      given: [ports({ port: 80, endPort: 82 }, { protocol: 'SCTP', port: 9, endPort: 9 })],
      allows: [web('TCP 80'), web('TCP 82'), web('SCTP 9')],
      denies: [web('TCP 79'), web('TCP 83'), web('SCTP 10')],
    },
    {
      name: 'the name of a port is of its protocol, TCP by default',
      given: [ports({ port: 'http' }, { port: 'dns' })],
      allows: [web('TCP 80')],
      denies: [web('UDP 53'), web('TCP 8080')],
    },
    {
      name: 'the name of a port with another protocol',
      given: [ports({ port: 'dns', protocol: 'UDP' })],
      allows: [web('UDP 53')],
      denies: [web('TCP 53')],
    },
    {
      name: 'an empty list of ports is every port of every protocol',
      given: [ofDb({ ingress: [{ ports: [], from: [{ podSelector: {} }] }] })],
      allows: [web('TCP 1'), web('ICMP 8'), web('47')],
      denies: [teller],
    },
    {
      name: 'ports and peers of one rule must both match, rules are alternatives',
      given: [
        ofDb({
          ingress: [
            { from: [{ podSelector: {} }], ports: [{ port: 80 }] },
            { from: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 81 }] },
          ],
        }),
      ],
      allows: [web('TCP 80'), '203.0.113.9 > shop/db TCP 81'],
      denies: [web('TCP 81'), unknown],
    },
  ])
})

describe('beside others', () => {
  testVerdicts([
    {
      name: 'what any Kubernetes policy allows is allowed',
      given: [ports({ port: 80 }), kubernetesPolicy('q', { ingress: [{ ports: [{ port: 81 }] }] })],
      allows: [web('TCP 80'), web('TCP 81')],
      denies: [web('TCP 82'), 'shop/db > shop/web TCP 80'],
    },
    {
      name: 'a Kubernetes policy of another namespace does not apply',
      given: [kubernetesPolicy('p', {}, 'bank')],
      allows: [web()],
      denies: ['shop/web > bank/teller TCP 80'],
    },
    {
      name: 'an earlier policy of its tier can pass it over',
      given: [
        ofDb({ ingress: [] }),
        policy('p', {
          order: 1,
          ingress: [
            { ...pass, protocol: 'TCP' },
            { ...allow, protocol: 'UDP' },
          ],
        }),
      ],
      allows: [web('TCP 80'), web('UDP 53')],
      denies: [web('SCTP 80')],
    },
  ])
})
