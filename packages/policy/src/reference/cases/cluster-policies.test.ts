/** ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2. Source: spec/api.md 5.5. */
import { describe } from 'vitest'
import { allow, clusterPolicy, deny, globalNetworkSet, networkSet, node, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const web = (what = 'TCP 80') => `shop/web > shop/db ${what}`
const teller = 'bank/teller > shop/db TCP 80'
const everybody = [{ namespaces: {} }]
const money = { matchLabels: { team: 'money' } }
const closed = policy('closed', { types: ['Ingress'], selector: "app == 'db'" })
const accept = (from: object[], rest: object = {}) =>
  clusterPolicy('p', { ingress: [{ action: 'Accept', from, ...rest }] })
const denyOut = (...to: object[]) => clusterPolicy('p', { egress: [{ action: 'Deny', to }] })

describe('tiers and actions', () => {
  testVerdicts([
    {
      name: 'Accept in tier Admin is final',
      given: [accept(everybody), closed],
      allows: [web(), teller],
      denies: ['203.0.113.9 > shop/db TCP 80'],
    },
    {
      name: 'Deny in tier Admin is final',
      given: [
        clusterPolicy('p', { ingress: [{ action: 'Deny', from: [{ namespaces: money }] }] }),
        policy('open', { ingress: [allow] }),
      ],
      allows: [web()],
      denies: [teller],
    },
    {
      name: 'Pass skips the rest of tier Admin, and policies of namespaces decide',
      given: [
        clusterPolicy('p', {
          ingress: [
            { action: 'Pass', from: [{ namespaces: money }] },
            { action: 'Deny', from: everybody },
          ],
        }),
        clusterPolicy('q', { priority: 11, ingress: [{ action: 'Deny', from: everybody }] }),
        policy('some', { ingress: [{ ...allow, protocol: 'TCP' }] }),
      ],
      allows: [teller],
      denies: [web(), 'bank/teller > shop/db UDP 53'],
    },
    {
      name: 'what no rule of it matches goes on',
      given: [closed, accept([{ namespaces: money }])],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'tier Baseline decides where no policy of a namespace applies',
      given: [
        clusterPolicy('p', { tier: 'Baseline', ingress: [{ action: 'Deny', from: everybody }] }),
        policy('open', { selector: "app == 'db'", ingress: [{ ...allow, source: { selector: 'all()' } }] }),
      ],
      allows: [web()],
      denies: [teller, 'shop/db > shop/web TCP 80'],
    },
    {
      name: 'a direction without rules is not governed',
      given: [denyOut({ networks: ['203.0.113.0/24'] })],
      allows: ['203.0.113.9 > shop/db TCP 80'],
      denies: ['shop/db > 203.0.113.9 TCP 80'],
    },
    {
      name: 'rules are asked as written',
      given: [
        clusterPolicy('p', {
          ingress: [
            { action: 'Deny', from: [{ namespaces: money }] },
            { action: 'Accept', from: everybody },
          ],
        }),
        closed,
      ],
      allows: [web()],
      denies: [teller],
    },
  ])
})

describe('peers', () => {
  const sets = [networkSet('shop', { a: '1' }, '192.0.2.1'), globalNetworkSet({ a: '1' }, '192.0.2.2')]
  testVerdicts([
    {
      name: 'namespaces are pods, and network sets of those namespaces',
      given: [...sets, accept(everybody), closed],
      allows: [web(), teller, '192.0.2.1 > shop/db TCP 80'],
      denies: ['192.0.2.2 > shop/db TCP 80', '203.0.113.9 > shop/db TCP 80'],
    },
    {
      name: 'pods are pods only, of all namespaces unless some are selected',
      given: [
        ...sets,
        accept([{ pods: { podSelector: { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] } } }]),
        closed,
      ],
      allows: [teller],
      denies: [web(), '192.0.2.1 > shop/db TCP 80'],
    },
    {
      name: 'pods and their namespaces must both match',
      given: [
        accept([{ pods: { namespaceSelector: money, podSelector: { matchLabels: { app: 'web' } } } }]),
        closed,
      ],
      denies: [web(), teller],
    },
    {
      name: 'peers are alternatives',
      given: [
        accept([{ namespaces: money }, { pods: { podSelector: { matchLabels: { app: 'web' } } } }]),
        closed,
      ],
      allows: [web(), teller],
    },
    {
      name: 'networks are addresses of both families, of pods too',
      given: [denyOut({ networks: ['203.0.113.0/24', 'fd00::/64', '10.0.1.0/24'] })],
      allows: ['shop/web > shop/db TCP 80', 'shop/db > 203.0.114.1 TCP 80'],
      denies: [
        'shop/db > 203.0.113.9 TCP 80',
        'shop/web > shop/db TCP 80 over IPv6',
        'shop/db > bank/teller TCP 80',
      ],
    },
    {
      name: 'nodes are the addresses of the nodes that are selected',
      given: [
        node('n1', { pool: 'a' }, '172.18.0.2'),
        node('n2', { pool: 'b' }, '172.18.0.3'),
        denyOut({ nodes: { matchLabels: { pool: 'a' } } }),
      ],
      allows: ['shop/db > 172.18.0.3 TCP 80'],
      denies: ['shop/db > 172.18.0.2 TCP 80'],
    },
    {
      name: 'a label that no node has is not found in the language’s own objects',
      given: [
        node('n1', {}, '172.18.0.2'),
        denyOut({ nodes: { matchExpressions: [{ key: 'constructor', operator: 'DoesNotExist' }] } }),
      ],
      denies: ['shop/db > 172.18.0.2 TCP 80'],
    },
    {
      name: 'names of domains are peers of rules that accept, before what comes after them',
      given: [
        clusterPolicy('p', {
          egress: [
            { action: 'Accept', to: [{ domainNames: ['example.com'] }, { networks: ['192.0.2.0/24'] }] },
            { action: 'Deny', to: [{ networks: ['203.0.113.9/32'] }] },
          ],
        }),
        policy('closed', { types: ['Egress'], egress: [deny] }),
      ],
      allows: ['shop/db > 203.0.113.9=example.com TCP 80', 'shop/db > 192.0.2.1 TCP 80'],
      denies: ['shop/db > 203.0.113.9 TCP 80', 'shop/db > 203.0.113.10 TCP 80'],
    },
  ])
})

describe('protocols', () => {
  const protocols = (...list: object[]) => accept(everybody, { protocols: list })
  testVerdicts([
    {
      name: 'without protocols every packet matches',
      given: [accept(everybody), closed],
      allows: [web('TCP 1'), web('ICMP 8'), web('47')],
    },
    {
      name: 'protocols are alternatives: all ports, one port, a range with both its ends',
      given: [
        protocols(
          { sctp: { destinationPort: { range: { start: 8, end: 10 } } } },
          { tcp: { destinationPort: { number: 80 } } },
          { udp: { destinationPort: { range: { start: 1, end: 65535 } } } },
        ),
        closed,
      ],
      allows: [web('TCP 80'), web('SCTP 8'), web('SCTP 10'), web('UDP 53')],
      denies: [web('TCP 81'), web('SCTP 7'), web('SCTP 11'), web('ICMP 8')],
    },
    {
      name: 'a named port is of whatever protocol the pod gives it',
      given: [protocols({ destinationNamedPort: 'dns' }, { destinationNamedPort: 'http' }), closed],
      allows: [web('UDP 53'), web('TCP 80')],
      denies: [web('TCP 53'), web('TCP 8080')],
    },
    {
      name: 'a named port of a destination is that of the pods that the peer selects',
      given: [
        networkSet('bank', { a: '1' }, '10.0.0.1'),
        clusterPolicy('p', {
          egress: [
            { action: 'Deny', to: [{ namespaces: money }], protocols: [{ destinationNamedPort: 'http' }] },
            {
              action: 'Deny',
              to: [{ pods: { podSelector: { matchLabels: { app: 'db' } } } }],
              protocols: [{ destinationNamedPort: 'http' }],
            },
          ],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080', 'shop/web > shop/db TCP 8080'],
      denies: ['shop/web > shop/db TCP 80'],
    },
  ])
})
