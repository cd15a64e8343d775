/** The order of policies within a tier. Source: spec/api.md 4 (PolKVLess), 5.1, 5.5, I2, I19. */
import {
  allow,
  clusterPolicy,
  deny,
  globalPolicy,
  kubernetesPolicy,
  policy,
  stagedPolicy,
} from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const toDb = 'shop/web > shop/db TCP 80'
const allows = (order?: number) => ({ order, types: ['Ingress'], ingress: [allow] })
const denies = (order?: number) => ({ order, types: ['Ingress'], ingress: [deny] })
const everybody = [{ namespaces: {} }]

testVerdicts([
  {
    name: 'a lower order is asked first',
    given: [policy('a', denies(2)), policy('b', allows(1))],
    allows: [toDb],
  },
  {
    name: 'orders may be fractions, negative and zero',
    given: [policy('a', denies(0)), policy('b', allows(-0.5))],
    allows: [toDb],
  },
  {
    name: 'without an order a policy comes last',
    given: [policy('a', denies()), policy('b', allows(1e300))],
    allows: [toDb],
  },
  {
    name: 'policies without an order go by name',
    given: [policy('b', denies()), policy('a', allows())],
    allows: [toDb],
  },
  {
    name: 'equal orders are told apart by the joined text, in which a-b comes before a',
    given: [policy('a', denies(1)), policy('a-b', allows(1))],
    allows: [toDb],
  },
  {
    name: 'equal orders are told apart by the joined text, in which a.b comes before a',
    given: [policy('a', denies(1)), policy('a.b', allows(1))],
    allows: [toDb],
  },
  {
    name: 'names are compared byte by byte: a10 comes before a9, and a-1 before a0',
    given: [
      policy('a9', denies(1)),
      policy('a10', allows(1)),
      policy('a-1', { ...allows(1), selector: "app == 'web'" }),
    ],
    allows: [toDb],
  },
  {
    name: 'policies of all kinds share one order, and a global one has an empty namespace in its text',
    given: [policy('same', denies(1)), globalPolicy('same', allows(1))],
    allows: [toDb],
  },
  {
    name: 'of equal name and namespace, the kind decides: KubernetesNetworkPolicy before NetworkPolicy',
    given: [policy('same', denies(1000)), kubernetesPolicy('same', { ingress: [{}] })],
    allows: [toDb],
  },
  {
    name: 'the name counts before the namespace, which is empty for a global policy',
    given: [policy('a', denies(1)), globalPolicy('b', allows(1))],
    denies: [toDb],
  },
  {
    name: 'the name counts before the kind',
    given: [policy('a', denies(1000)), kubernetesPolicy('b', { ingress: [{}] })],
    denies: [toDb],
  },
  {
    name: 'a Kubernetes policy has order 1000',
    given: [
      kubernetesPolicy('k', { ingress: [{ ports: [{ port: 80 }] }] }),
      policy('before', { ...denies(999), ingress: [{ ...deny, source: { selector: "app == 'web'" } }] }),
      policy('after', { ...allows(1001), ingress: [{ ...allow, protocol: 'TCP' }] }),
    ],
    allows: ['bank/teller > shop/db TCP 80', 'bank/teller > shop/db TCP 81'],
    denies: [toDb, 'bank/teller > shop/db UDP 53'],
  },
  {
    name: 'a cluster policy goes by its priority, before those of higher order',
    given: [
      globalPolicy('a', { tier: 'kube-admin', ...denies(11) }),
      clusterPolicy('b', { priority: 10, ingress: [{ action: 'Accept', from: everybody }] }),
    ],
    allows: [toDb],
  },
  {
    name: 'cluster policies of equal priority go by name',
    given: [
      clusterPolicy('a', { ingress: [{ action: 'Deny', from: everybody }] }),
      clusterPolicy('a-b', { ingress: [{ action: 'Accept', from: everybody }] }),
    ],
    allows: [toDb],
  },
  {
    name: 'of equal name, a global policy comes before a cluster policy',
    given: [
      clusterPolicy('a', { ingress: [{ action: 'Deny', from: everybody }] }),
      globalPolicy('a', { tier: 'kube-admin', ...allows(10) }),
    ],
    allows: [toDb],
  },
  {
    name: 'policies of one name in several kinds and namespaces exist side by side',
    given: [
      policy('same', { order: 1, ingress: [{ ...deny, protocol: 'UDP' }] }),
      kubernetesPolicy('same', { ingress: [{ ports: [{ port: 80 }] }] }),
      stagedPolicy('same', denies(0)),
      policy('same', denies(1), 'bank'),
    ],
    allows: [toDb],
    denies: ['shop/web > shop/db UDP 53', 'shop/web > shop/db TCP 81', 'shop/web > bank/teller TCP 80'],
  },
])
