/** Names instead of addresses, in rules and in network sets. Source: spec/dataplane.md 7.1. */
import { globalNetworkSet, globalPolicy, hostEndpoint, networkSet, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const web = { selector: "app == 'web'" }
const to = (destination: object, more: object = {}) =>
  policy('p', { ...web, egress: [{ action: 'Allow', destination, ...more }] })
const known = (names: string, port = 443) => `shop/web > 203.0.113.9=${names} TCP ${port}`
const unknown = 'shop/web > 203.0.113.9 TCP 443'
const role = { role: 'partner' }
const named = (set: ReturnType<typeof networkSet>, ...allowedEgressDomains: string[]) => ({
  ...set,
  spec: { ...(set.spec as object), allowedEgressDomains },
})
const partners = { selector: "role == 'partner'" }

testVerdicts([
  {
    name: 'an address is reached by the very name that a rule lists, whatever its case',
    given: [to({ domains: ['WWW.example.com', 'b.org'] })],
    allows: [known('www.example.com'), known('b.org'), known('other.net,b.org')],
    denies: [unknown, known('example.com'), known('a.www.example.com'), known('other.net')],
  },
  {
    name: 'a wildcard stands for one or more whole labels',
    given: [to({ domains: ['*.example.com', 'www.*'] })],
    allows: ['a.example.com', 'a.b.example.com', 'www.org', 'www.a.org'].map((it) => known(it)),
    denies: ['example.com', 'badexample.com', 'www', 'a.www.org'].map((it) => known(it)),
  },
  {
    name: 'the rest of a rule holds as always',
    given: [
      to(
        { domains: ['a.com'], ports: [443], notNets: ['203.0.113.128/25'] },
        { protocol: 'TCP', ipVersion: 4 },
      ),
    ],
    allows: [known('a.com')],
    denies: [
      known('a.com', 80),
      'shop/web > 203.0.113.200=a.com TCP 443',
      'shop/web > 203.0.113.9=a.com UDP 443',
      'shop/web > 2001:db8::9=a.com TCP 443',
    ],
  },
  {
    name: 'IPv6 addresses have names, too',
    given: [to({ domains: ['a.com'] })],
    allows: ['shop/web > 2001:db8::9=a.com TCP 443'],
    denies: ['shop/web > 2001:db8::9 TCP 443'],
  },
  {
    name: 'what a network set holds can be excluded, in whatever namespace it is, and by its addresses only',
    given: [
      named(networkSet('bank', { role: 'blocked' }, '203.0.113.9'), 'b.com'),
      to({ domains: ['a.com', 'b.com'], notSelector: "role == 'blocked'" }),
    ],
    allows: ['shop/web > 203.0.113.8=a.com TCP 443', 'shop/web > 203.0.113.8=b.com TCP 443'],
    denies: [known('a.com'), known('b.com')],
  },
  {
    name: "nobody's DNS opens the way to a pod or a host",
    given: [
      to({ domains: ['a.com'] }),
      hostEndpoint('h', { interfaceName: 'eth0', expectedIPs: ['198.18.0.1'] }),
    ],
    allows: [known('a.com')],
    denies: [
      'shop/web > 10.0.1.1=a.com TCP 443',
      'shop/web > bank/teller=a.com TCP 443',
      'shop/web > 198.18.0.1=a.com TCP 443',
    ],
  },
  {
    name: 'network sets give names beside addresses',
    given: [named(networkSet('shop', role, '192.0.2.0/24'), '*.a.com'), to(partners)],
    allows: [known('www.a.com'), unknown.replace('203.0.113.9', '192.0.2.7')],
    denies: [unknown, known('a.com'), 'shop/web > bank/teller=www.a.com TCP 443'],
  },
  {
    name: 'a set of another namespace gives none to a policy that does not look there',
    given: [named(networkSet('bank', role), 'a.com'), to(partners)],
    denies: [known('a.com')],
  },
  {
    name: 'a global set gives names to global policies, and to those that look outside of namespaces',
    given: [
      named(globalNetworkSet(role), 'a.com'),
      to({ ...partners, namespaceSelector: 'global()' }),
      globalPolicy('g', { selector: "app == 'db'", egress: [{ action: 'Allow', destination: partners }] }),
    ],
    allows: [known('a.com'), known('a.com').replace('web', 'db')],
    denies: [known('b.com'), known('b.com').replace('web', 'db')],
  },
  {
    name: 'one and the same set must be selected, and not excluded',
    given: [
      named(networkSet('shop', { ...role, bad: 'yes' }), 'a.com'),
      named(networkSet('shop', { ...role, good: 'yes' }), 'b.com', 'c.com'),
      named(networkSet('shop', { bad: 'yes' }), 'c.com'),
      to({ ...partners, notSelector: 'has(bad)' }),
    ],
    allows: [known('b.com'), known('a.com,b.com'), known('c.com')],
    denies: [known('a.com')],
  },
  {
    name: 'names count for rules that allow alone: what is not denied by address is not denied',
    given: [
      named(networkSet('shop', role, '192.0.2.0/24'), 'a.com'),
      policy('p', {
        ...web,
        egress: [{ action: 'Deny', destination: partners }, { action: 'Allow' }],
      }),
    ],
    allows: [known('a.com')],
    denies: ['shop/web > 192.0.2.7=a.com TCP 443'],
  },
  {
    name: 'names of senders count for nothing',
    given: [
      named(networkSet('shop', role), 'a.com'),
      policy('p', { ...web, types: ['Ingress'], ingress: [{ action: 'Allow', source: partners }] }),
    ],
    denies: ['203.0.113.9 > shop/web=a.com TCP 80'],
  },
])
