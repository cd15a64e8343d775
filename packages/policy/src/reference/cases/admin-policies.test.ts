/** AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io/v1alpha1. */
import { describe } from 'vitest'
import {
  adminPolicy,
  allow,
  baselinePolicy,
  clusterPolicy,
  deny,
  globalNetworkSet,
  globalPolicy,
  kubernetesPolicy,
  networkSet,
  node,
  pass,
  policy,
} from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const web = (what = 'TCP 80') => `shop/web > shop/db ${what}`
const teller = 'bank/teller > shop/db TCP 80'
const outside = '203.0.113.9 > shop/db TCP 80'
const everybody = [{ namespaces: {} }]
const money = { matchLabels: { team: 'money' } }
const closed = policy('closed', { types: ['Ingress'], selector: "app == 'db'" })
const open = policy('open', { ingress: [allow] })
const rule = (action: string, from: object[] = everybody, rest: object = {}) => ({ action, from, ...rest })
const admin = (action: string, from: object[] = everybody, rest: object = {}) =>
  adminPolicy('p', { ingress: [rule(action, from, rest)] })
const denyOut = (...to: object[]) => adminPolicy('p', { egress: [{ action: 'Deny', to }] })

describe('actions', () => {
  testVerdicts([
    { name: 'Allow is final', given: [admin('Allow'), closed], allows: [web(), teller], denies: [outside] },
    {
      name: 'Deny is final',
      given: [admin('Deny', [{ namespaces: money }]), open],
      allows: [web(), outside],
      denies: [teller],
    },
    {
      name: 'Pass skips later admin policies, and policies of namespaces decide',
      given: [
        adminPolicy('p', { ingress: [rule('Pass', [{ namespaces: money }]), rule('Deny')] }),
        adminPolicy('q', { priority: 11, ingress: [rule('Deny')] }),
        policy('some', { ingress: [{ ...allow, protocol: 'TCP' }] }),
      ],
      allows: [teller],
      denies: [web(), 'bank/teller > shop/db UDP 53'],
    },
    {
      name: 'what no rule of it matches goes on',
      given: [closed, admin('Allow', [{ namespaces: money }])],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'a direction without rules is not governed',
      given: [denyOut({ networks: ['203.0.113.0/24'] })],
      allows: [outside],
      denies: ['shop/db > 203.0.113.9 TCP 80'],
    },
  ])
})

describe('priority', () => {
  testVerdicts([
    {
      name: 'lower goes first, down to 0',
      given: [
        adminPolicy('a', { priority: 1, ingress: [rule('Deny')] }),
        adminPolicy('b', { priority: 0, ingress: [rule('Allow', [{ namespaces: money }])] }),
      ],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'equal ones go by name',
      given: [
        adminPolicy('b', { ingress: [rule('Deny')] }),
        adminPolicy('a', { ingress: [rule('Allow', [{ namespaces: money }])] }),
      ],
      allows: [teller],
      denies: [web()],
    },
  ])
})

describe('the baseline', () => {
  const baseline = baselinePolicy({ ingress: [rule('Allow', [{ namespaces: money }]), rule('Deny')] })
  testVerdicts([
    {
      name: 'decides where no other policy applies',
      given: [baseline],
      allows: [teller, outside],
      denies: [web()],
    },
    {
      name: 'a NetworkPolicy of Kubernetes decides before it, also by what it does not allow',
      given: [
        baselinePolicy({
          ingress: [rule('Deny', [{ pods: { podSelector: { matchLabels: { app: 'web' } } } }])],
        }),
        kubernetesPolicy('some', {
          podSelector: { matchLabels: { app: 'db' } },
          ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
        }),
      ],
      allows: [web()],
      denies: [teller, outside],
    },
    {
      name: 'Pass of an admin policy leads to it where no policy of a namespace applies',
      given: [admin('Pass'), baseline],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'is asked for both directions',
      given: [baselinePolicy({ egress: [{ action: 'Deny', to: [{ networks: ['203.0.113.0/24'] }] }] })],
      allows: ['shop/web > 203.0.114.1 TCP 80'],
      denies: ['shop/web > 203.0.113.9 TCP 80'],
    },
  ])
})

describe('beside other policies', () => {
  testVerdicts([
    {
      name: 'an admin policy decides before a ClusterNetworkPolicy of tier Admin, whatever their priorities',
      given: [
        clusterPolicy('a', { priority: 0, ingress: [rule('Deny')] }),
        adminPolicy('p', { priority: 1000, ingress: [rule('Allow', [{ namespaces: money }])] }),
      ],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'its Pass leads to ClusterNetworkPolicies of tier Admin',
      given: [admin('Pass'), clusterPolicy('a', { ingress: [rule('Deny')] })],
      denies: [web(), teller],
    },
    {
      name: 'the baseline decides before a ClusterNetworkPolicy of tier Baseline',
      given: [
        clusterPolicy('a', { tier: 'Baseline', ingress: [rule('Deny')] }),
        baselinePolicy({ ingress: [rule('Allow', [{ namespaces: money }])] }),
      ],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'a global policy may stand in its tier, and have its name: then that goes first at the same order',
      given: [
        globalPolicy('p', {
          tier: 'adminnetworkpolicy',
          order: 10,
          types: ['Ingress'],
          ingress: [{ ...deny, source: { namespaceSelector: "team == 'money'" } }],
        }),
        admin('Allow'),
        closed,
      ],
      allows: [web()],
      denies: [teller],
    },
    {
      name: 'a global policy with an order goes before the baseline policy in its tier',
      given: [
        globalPolicy('z', {
          tier: 'baselineadminnetworkpolicy',
          order: 1e9,
          ingress: [{ ...pass, protocol: 'UDP' }],
        }),
        baselinePolicy({ ingress: [rule('Deny')] }),
      ],
      allows: [web('UDP 53')],
      denies: [web()],
    },
  ])
})

describe('subjects', () => {
  const about = (subject: object) => adminPolicy('p', { subject, ingress: [rule('Deny')] })
  testVerdicts([
    {
      name: 'namespaces are all pods of them',
      given: [
        about({ namespaces: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['money'] }] } }),
      ],
      allows: ['shop/web > bank/teller TCP 80'],
      denies: [web(), teller],
    },
    {
      name: 'pods and their namespaces must both match, and an absent selector is an empty one',
      given: [
        about({ pods: { namespaceSelector: money, podSelector: { matchLabels: { app: 'db' } } } }),
        adminPolicy('q', {
          subject: { pods: { podSelector: { matchLabels: { app: 'web' } } } },
          ingress: [rule('Deny')],
        }),
        adminPolicy('r', { subject: { pods: { namespaceSelector: money } }, ingress: [rule('Deny')] }),
      ],
      allows: [web()],
      denies: ['shop/db > shop/web TCP 80', 'shop/db > bank/teller TCP 80'],
    },
  ])
})

describe('peers', () => {
  const sets = [networkSet('shop', { a: '1' }, '192.0.2.1'), globalNetworkSet({ a: '1' }, '192.0.2.2')]
  testVerdicts([
    {
      name: 'namespaces are pods, and not what network sets of those namespaces list',
      given: [...sets, admin('Allow'), closed],
      allows: [web(), teller],
      denies: ['192.0.2.1 > shop/db TCP 80', '192.0.2.2 > shop/db TCP 80', outside],
    },
    {
      name: 'pods and their namespaces must both match, and peers are alternatives',
      given: [
        admin('Allow', [
          { pods: { namespaceSelector: money, podSelector: { matchLabels: { app: 'web' } } } },
          { pods: { namespaceSelector: money, podSelector: {} } },
        ]),
        closed,
      ],
      allows: [teller],
      denies: [web()],
    },
    {
      name: 'networks are addresses of both families, of pods too',
      given: [denyOut({ networks: ['203.0.113.0/24', 'fd00::/64', '10.0.1.0/24'] })],
      allows: [web(), 'shop/db > 203.0.114.1 TCP 80'],
      denies: ['shop/db > 203.0.113.9 TCP 80', `${web()} over IPv6`, 'shop/db > bank/teller TCP 80'],
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
      name: 'names of domains are peers, with a dot at the end or without',
      given: [
        adminPolicy('p', {
          egress: [
            {
              action: 'Allow',
              to: [{ domainNames: ['example.com.', '*.b.org'] }, { networks: ['192.0.2.0/24'] }],
            },
          ],
        }),
        policy('closed', { types: ['Egress'], egress: [deny] }),
      ],
      allows: [
        'shop/db > 203.0.113.9=example.com TCP 80',
        'shop/db > 203.0.113.9=x.y.b.org TCP 80',
        'shop/db > 192.0.2.1 TCP 80',
      ],
      denies: ['shop/db > 203.0.113.9 TCP 80', 'shop/db > 203.0.113.9=b.org TCP 80'],
    },
  ])
})

describe('ports', () => {
  const ports = (...list: object[]) => admin('Allow', everybody, { ports: list })
  testVerdicts([
    {
      name: 'without ports every packet matches',
      given: [admin('Allow'), closed],
      allows: [web('TCP 1'), web('ICMP 8'), web('47')],
    },
    {
      name: 'they are alternatives, of TCP by default, and a range has both its ends',
      given: [
        ports(
          { portNumber: { port: 80 } },
          { portNumber: { protocol: 'UDP', port: 53 } },
          { portRange: { protocol: 'SCTP', start: 8, end: 10 } },
        ),
        closed,
      ],
      allows: [web('TCP 80'), web('UDP 53'), web('SCTP 8'), web('SCTP 10')],
      denies: [web('TCP 53'), web('UDP 80'), web('SCTP 7'), web('SCTP 11'), web('ICMP 8')],
    },
    {
      name: 'a named port is of whatever protocol the pod gives it',
      given: [ports({ namedPort: 'dns' }, { namedPort: 'http' }), closed],
      allows: [web('UDP 53'), web('TCP 80')],
      denies: [web('TCP 53'), web('TCP 8080')],
    },
    {
      name: 'a name of digits is no number',
      given: [ports({ namedPort: '80' }, { namedPort: '1:65535' }), closed],
      denies: [web('TCP 80')],
    },
    {
      name: 'a named port of a destination is that of the pods that the peer selects',
      given: [
        adminPolicy('p', {
          egress: [
            { action: 'Deny', to: [{ namespaces: money }], ports: [{ namedPort: 'http' }] },
            {
              action: 'Deny',
              to: [{ pods: { podSelector: { matchLabels: { app: 'db' } } } }],
              ports: [{ namedPort: 'http' }],
            },
          ],
        }),
      ],
      allows: ['shop/db > shop/web TCP 8080', 'shop/web > shop/db TCP 8080'],
      denies: ['shop/web > shop/db TCP 80'],
    },
  ])
})
