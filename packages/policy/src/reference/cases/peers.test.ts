/** Whom a side of a rule selects. Source: spec/api.md 3.6, I18, I24; docs/adr/0006. */
import { describe } from 'vitest'
import {
  account,
  allow,
  globalNetworkSet,
  globalPolicy,
  namespace,
  networkSet,
  pod,
  policy,
} from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

/** Who may reach shop/db: a pod of its namespace, one of another, members of network sets, and somebody unknown. */
const web = 'shop/web > shop/db TCP 80'
const teller = 'bank/teller > shop/db TCP 80'
const shopSet = '192.0.2.1 > shop/db TCP 80'
const bankSet = '192.0.2.2 > shop/db TCP 80'
const globalSet = '192.0.2.3 > shop/db TCP 80'
const unknown = '203.0.113.9 > shop/db TCP 80'
const everyone = [web, teller, shopSet, bankSet, globalSet, unknown]

const sets = [
  networkSet('shop', { role: 'partner' }, '192.0.2.1'),
  networkSet('bank', { role: 'partner' }, '192.0.2.2'),
  globalNetworkSet({ role: 'partner' }, '192.0.2.3'),
]

const selectedBy = (kind: 'NetworkPolicy' | 'GlobalNetworkPolicy') => {
  const make = kind === 'NetworkPolicy' ? policy : globalPolicy
  return (name: string, source: object, allows: string[]) => ({
    name: `${name} in a ${kind}: ${JSON.stringify(source)}`,
    given: [...sets, make('p', { selector: "app == 'db'", ingress: [{ ...allow, source }] })],
    allows,
    denies: everyone.filter((it) => !allows.includes(it)),
  })
}

describe('peers of a namespaced policy', () => {
  const by = selectedBy('NetworkPolicy')
  testVerdicts([
    by('a side that says nothing is everybody', {}, everyone),
    by('a selector is of the own namespace', { selector: 'all()' }, [web, shopSet]),
    by('a selector of spaces is a selector', { selector: ' ' }, [web, shopSet]),
    by('an empty selector is none', { selector: '' }, everyone),
    by('a selector selects network sets too', { selector: "role == 'partner'" }, [shopSet]),
    by('an absent label is unequal', { selector: "role != 'partner'" }, [web]),
    by('an alternative does not lead out of the namespace', { selector: "has(role) || app == 'teller'" }, [
      shopSet,
    ]),
    by('a notSelector alone is of the own namespace', { notSelector: "app == 'web'" }, [shopSet]),
    by('a notSelector that excludes nobody', { notSelector: 'has(nothing)' }, [web, shopSet]),
    by('a notSelector of spaces excludes everybody', { notSelector: ' ' }, []),
    by('both selectors', { selector: 'all()', notSelector: 'has(role)' }, [web]),
    by('all() replaces the own namespace by any', { namespaceSelector: 'all()' }, [
      web,
      teller,
      shopSet,
      bankSet,
    ]),
    by('a namespace selector of spaces is all()', { namespaceSelector: ' ' }, [
      web,
      teller,
      shopSet,
      bankSet,
    ]),
    by('global() is what has no namespace', { namespaceSelector: 'global()' }, [globalSet]),
    by('a namespace selector replaces the own namespace', { namespaceSelector: "team == 'money'" }, [
      teller,
      bankSet,
    ]),
    by('a namespace by its name', { namespaceSelector: "projectcalico.org/name == 'bank'" }, [
      teller,
      bankSet,
    ]),
    by('a negation holds for what has no namespace', { namespaceSelector: "team != 'money'" }, [
      web,
      shopSet,
      globalSet,
    ]),
    by('all() among others', { namespaceSelector: "all() && team != 'money'" }, [web, shopSet]),
    by('both a namespace and a selector', { namespaceSelector: "team == 'money'", selector: 'has(role)' }, [
      bankSet,
    ]),
    by('global() and a selector', { namespaceSelector: 'global()', selector: "role == 'partner'" }, [
      globalSet,
    ]),
    by('all() in a selector is not changed', { namespaceSelector: 'global()', selector: 'all()' }, [
      globalSet,
    ]),
    by(
      'a notSelector beside a namespace',
      { namespaceSelector: 'all()', notSelector: "pcns.team == 'money'" },
      [web, shopSet],
    ),
    by('a service account by name', { serviceAccounts: { names: ['buyer', 'nobody'] } }, [web]),
    by('a service account by label', { serviceAccounts: { selector: "trust == 'high'" } }, [web]),
    by(
      'a service account by both',
      { serviceAccounts: { names: ['buyer'], selector: "trust == 'low'" } },
      [],
    ),
    by(
      'a service account of another namespace',
      { namespaceSelector: "team == 'money'", serviceAccounts: { names: ['default'] } },
      [teller],
    ),
    by('all() over service accounts is true for all', { serviceAccounts: { selector: 'all()' } }, [
      web,
      shopSet,
    ]),
    by('service accounts that say nothing', { serviceAccounts: {} }, everyone),
    by('empty lists', { serviceAccounts: { names: [] }, nets: [], ports: [] }, everyone),
    by('a service has no addresses', { services: { name: 'web' } }, []),
  ])
})

describe('peers of a global policy', () => {
  const by = selectedBy('GlobalNetworkPolicy')
  const members = [web, teller, shopSet, bankSet, globalSet]
  testVerdicts([
    by('a side that says nothing is everybody', {}, everyone),
    by('all() is all that is known', { selector: 'all()' }, members),
    by('a selector selects everywhere', { selector: "role == 'partner'" }, [shopSet, bankSet, globalSet]),
    by('an absent label is unequal', { selector: "role != 'partner'" }, [web, teller]),
    by('a notSelector alone leaves the unknown in', { notSelector: "role == 'partner'" }, [
      web,
      teller,
      unknown,
    ]),
    by('a notSelector of everything leaves the unknown', { notSelector: 'all()' }, [unknown]),
    by('both selectors', { selector: 'all()', notSelector: "role == 'partner'" }, [web, teller]),
    by('all() is what has a namespace', { namespaceSelector: 'all()' }, [web, teller, shopSet, bankSet]),
    by('global() is what has none', { namespaceSelector: 'global()' }, [globalSet]),
    by('a namespace and a selector', { namespaceSelector: "team == 'retail'", selector: 'has(app)' }, [web]),
    by('a negation holds for what has no namespace', { namespaceSelector: "team != 'money'" }, [
      web,
      shopSet,
      globalSet,
    ]),
    by('a service account by name', { serviceAccounts: { names: ['default'] } }, [teller]),
    by('a service account by label', { serviceAccounts: { selector: "trust == 'low'" } }, [teller]),
    by(
      'a negation of labels holds for who has no account',
      { serviceAccounts: { selector: "trust != 'low'" } },
      [web, shopSet, bankSet, globalSet],
    ),
    by('a service has no addresses', { services: { name: 'web', namespace: 'shop' } }, []),
  ])
})

describe('which of several at one address', () => {
  const both = [globalNetworkSet({ a: 'yes' }, '192.0.2.1'), globalNetworkSet({ b: 'yes' }, '192.0.2.0/24')]
  const rule = (source: object) =>
    globalPolicy('p', { selector: "app == 'db'", ingress: [{ ...allow, source }] })
  testVerdicts([
    {
      name: 'selected and not excluded must be one and the same, so that another set at the address may be excluded',
      given: [...both, rule({ selector: 'has(a) || has(b)', notSelector: 'has(b)' })],
      allows: ['192.0.2.1 > shop/db TCP 80'],
      denies: ['192.0.2.2 > shop/db TCP 80'],
    },
    {
      name: 'without a selector, an address is excluded by any set that holds it',
      given: [...both, rule({ notSelector: 'has(b)' })],
      allows: ['203.0.113.9 > shop/db TCP 80'],
      denies: ['192.0.2.1 > shop/db TCP 80', '192.0.2.2 > shop/db TCP 80'],
    },
    {
      name: 'two labels of two sets at one address are not two labels of one',
      given: [...both, rule({ selector: 'has(a) && has(b)' })],
      denies: ['192.0.2.1 > shop/db TCP 80'],
    },
    {
      name: 'a pod is selected by its own labels, and by those of a set that holds its address',
      given: [globalNetworkSet({ role: 'partner' }, '10.0.1.0/24'), rule({ selector: "role == 'partner'" })],
      allows: [teller],
      denies: [web],
    },
  ])
})

describe('others of the same name', () => {
  testVerdicts([
    {
      name: 'service accounts are told apart by their namespaces',
      given: [
        namespace('new'),
        account('new', 'buyer', { trust: 'low' }),
        pod('new', 'p', { ips: ['10.0.9.1'], spec: { serviceAccountName: 'buyer' } }),
        policy('p', {
          selector: "app == 'db'",
          ingress: [{ ...allow, source: { serviceAccounts: { names: ['buyer'] } } }],
        }),
      ],
      allows: [web],
      denies: ['new/p > shop/db TCP 80'],
    },
  ])
})
