/** Whom a policy applies to: its selectors over pods, their namespaces and service accounts. Source: spec/api.md 3.2, 3.4, 3.5. */
import { describe } from 'vitest'
import { account, clusterPolicy, globalPolicy, namespace, pod, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const toWeb = '203.0.113.9 > shop/web TCP 80'
const toDb = '203.0.113.9 > shop/db TCP 80'
const toTeller = '203.0.113.9 > bank/teller TCP 80'
const everyone = [toWeb, toDb, toTeller]

/** Isolates whom it applies to, so that who is denied is who is selected. */
const global = (spec: object) => globalPolicy('p', { types: ['Ingress'], ...spec })
const inShop = (spec: object) => policy('p', { types: ['Ingress'], ...spec })

const selecting = (selector: string, denies: string[]) => ({
  name: `${selector} selects ${denies.map((it) => it.split(' ')[2]).join(' and ') || 'nobody'}`,
  given: [global({ selector })],
  allows: everyone.filter((it) => !denies.includes(it)),
  denies,
})

describe('selectors over the labels of pods', () => {
  testVerdicts([
    selecting('', everyone),
    selecting(' ', everyone),
    selecting('all()', everyone),
    selecting('!all()', []),
    selecting("env == 'prod'", [toWeb]),
    selecting("env != 'prod'", [toDb, toTeller]),
    selecting("env in {'prod', 'test'}", [toWeb]),
    selecting("env not in {'prod'}", [toDb, toTeller]),
    selecting('env in {}', []),
    selecting('env not in {}', everyone),
    selecting('has(env)', [toWeb]),
    selecting('!has(env)', [toDb, toTeller]),
    selecting("env contains 'ro'", [toWeb]),
    selecting("!env contains 'ro'", [toDb, toTeller]),
    selecting("app starts with 'we'", [toWeb]),
    selecting("app ends with 'b'", [toWeb, toDb]),
    selecting("!has(env) && app == 'db'", [toDb]),
    selecting("app == 'db' || app == 'web' && env == 'test'", [toDb]),
    selecting("(app == 'db' || app == 'web') && env == 'prod'", [toWeb]),
    selecting("!app == 'db' && !has(env)", [toTeller]),
    selecting("projectcalico.org/namespace == 'shop'", [toWeb, toDb]),
    selecting("projectcalico.org/orchestrator == 'k8s'", everyone),
    selecting("projectcalico.org/serviceaccount == 'buyer'", [toWeb]),
    selecting("projectcalico.org/serviceaccount == 'default'", [toDb, toTeller]),
    selecting("pcns.team == 'money'", [toTeller]),
    selecting("pcsa.trust == 'high'", [toWeb]),
    selecting('has(constructor)', []),
  ])
})

describe('selectors over namespaces and service accounts', () => {
  testVerdicts([
    {
      name: 'a namespaced policy applies to its own namespace only',
      given: [inShop({ selector: 'all()' })],
      allows: [toTeller],
      denies: [toWeb, toDb],
    },
    {
      name: 'an alternative in the selector of a namespaced policy does not lead out of its namespace',
      given: [inShop({ selector: "app == 'web' || app == 'teller'" })],
      allows: [toDb, toTeller],
      denies: [toWeb],
    },
    {
      name: 'a namespaced policy can be narrowed to service accounts by their labels',
      given: [inShop({ serviceAccountSelector: "trust == 'high'" })],
      allows: [toDb, toTeller],
      denies: [toWeb],
    },
    {
      name: 'an alternative in the selector does not lead past the service accounts',
      given: [inShop({ selector: 'all() || all()', serviceAccountSelector: "trust == 'high'" })],
      allows: [toDb],
      denies: [toWeb],
    },
    {
      name: 'a service account is known by its name',
      given: [global({ serviceAccountSelector: "projectcalico.org/name == 'buyer'" })],
      allows: [toDb, toTeller],
      denies: [toWeb],
    },
    {
      name: 'a service account that does not exist has no labels, so that negations hold for it',
      given: [global({ serviceAccountSelector: "trust != 'low'" })],
      allows: [toTeller],
      denies: [toWeb, toDb],
    },
    {
      name: 'a global policy can be narrowed to namespaces by their labels',
      given: [global({ namespaceSelector: "team == 'money'" })],
      allows: [toWeb, toDb],
      denies: [toTeller],
    },
    {
      name: 'a namespace is known by its name, in both ways',
      given: [
        global({ namespaceSelector: "projectcalico.org/name == 'bank'" }),
        globalPolicy('q', { types: ['Ingress'], namespaceSelector: "kubernetes.io/metadata.name == 'bank'" }),
      ],
      allows: [toWeb, toDb],
      denies: [toTeller],
    },
    {
      name: 'all three selectors of a global policy must match',
      given: [
        global({
          selector: 'has(app) || all()',
          namespaceSelector: "team == 'retail' || has(nothing)",
          serviceAccountSelector: "trust == 'high'",
        }),
      ],
      allows: [toDb, toTeller],
      denies: [toWeb],
    },
    {
      name: 'all() beside a namespace selector means every pod, as each has a namespace',
      given: [global({ selector: 'all()', namespaceSelector: 'all()', serviceAccountSelector: 'all()' })],
      denies: everyone,
    },
    {
      name: 'a namespace that does not exist has no labels, so that negations hold for it',
      given: [pod('lost', 'child', { ips: ['10.0.9.1'] }), global({ namespaceSelector: "team != 'money'" })],
      allows: [toTeller],
      denies: [toWeb, '203.0.113.9 > lost/child TCP 80'],
    },
  ])
})

describe('labels', () => {
  testVerdicts([
    {
      name: 'a pod can not pose as one of another namespace or service account',
      given: [
        pod('shop', 'liar', {
          ips: ['10.0.0.9'],
          labels: {
            'pcns.team': 'money',
            'pcsa.trust': 'high',
            'projectcalico.org/namespace': 'bank',
            'projectcalico.org/serviceaccount': 'buyer',
          },
        }),
        global({
          selector:
            "pcns.team == 'money' || pcsa.trust == 'high' || projectcalico.org/namespace == 'bank' || projectcalico.org/serviceaccount == 'buyer'",
        }),
      ],
      allows: ['203.0.113.9 > shop/liar TCP 80'],
      denies: [toWeb, toTeller],
    },
    {
      name: 'a service account of the same name in another namespace is another one',
      given: [
        namespace('new'),
        account('new', 'buyer', { trust: 'low' }),
        pod('new', 'p', { ips: ['10.0.9.1'], spec: { serviceAccountName: 'buyer' } }),
        global({ serviceAccountSelector: "trust == 'high'" }),
      ],
      allows: ['203.0.113.9 > new/p TCP 80'],
      denies: [toWeb],
    },
    {
      name: 'the subject of a cluster policy is given by namespaces, or by pods and their namespaces',
      given: [
        clusterPolicy('a', {
          subject: { namespaces: { matchLabels: { team: 'money' } } },
          ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }],
        }),
        clusterPolicy('b', {
          subject: {
            pods: {
              namespaceSelector: { matchLabels: { team: 'retail' } },
              podSelector: { matchLabels: { app: 'db' } },
            },
          },
          ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }],
        }),
      ],
      allows: ['shop/db > shop/web TCP 80', 'bank/teller > shop/web TCP 80'],
      denies: ['shop/web > bank/teller TCP 80', 'shop/web > shop/db TCP 80'],
    },
  ])
})
