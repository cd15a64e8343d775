/** NetworkSet and GlobalNetworkSet: addresses under labels. Source: spec/api.md 1.4, 3.4, 3.6, I25. */
import { allow, globalNetworkSet, globalPolicy, networkSet, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const from = (address: string) => `${address} > shop/db TCP 80`
const partners = policy('p', {
  selector: "app == 'db'",
  ingress: [{ ...allow, source: { selector: "role == 'partner'" } }],
})
const everywhere = (source: object) =>
  globalPolicy('p', { selector: "app == 'db'", ingress: [{ ...allow, source }] })
const role = { role: 'partner' }

testVerdicts([
  {
    name: 'a set holds the addresses of its prefixes, of both families, also bare ones and ones with host bits',
    given: [
      networkSet(
        'shop',
        role,
        '192.0.2.0/30',
        '198.51.100.77/24',
        '203.0.113.1',
        '2001:db8::/126',
        '2001:db8:1::1',
      ),
      partners,
    ],
    allows: ['192.0.2.3', '198.51.100.1', '203.0.113.1'].map(from),
    denies: ['192.0.2.4', '198.51.101.1', '203.0.113.2'].map(from),
  },
  {
    name: 'a set holds IPv6 addresses beside IPv4 ones',
    given: [networkSet('shop', role, '192.0.2.0/30', '2001:db8::/126', '2001:db8:1::1'), partners],
    allows: ['2001:db8::3 > fd00::2 TCP 80', '2001:db8:1::1 > fd00::2 TCP 80'],
    denies: ['2001:db8::4 > fd00::2 TCP 80', '::c000:200 > fd00::2 TCP 80'],
  },
  {
    name: 'a set may hold everything',
    given: [networkSet('shop', role, '0.0.0.0/0'), partners],
    allows: ['203.0.113.9', '0.0.0.1', '255.255.255.254', 'bank/teller'].map(from),
    denies: ['2001:db8::1 > fd00::2 TCP 80'],
  },
  {
    name: 'an empty set holds nobody',
    given: [networkSet('shop', role), partners],
    denies: ['203.0.113.9', 'shop/web'].map(from),
  },
  {
    name: 'overlapping sets hold what any of them holds',
    given: [
      networkSet('shop', role, '192.0.2.0/24'),
      networkSet('shop', role, '192.0.2.128/25', '192.0.3.0/24'),
      partners,
    ],
    allows: ['192.0.2.1', '192.0.2.200', '192.0.3.1'].map(from),
    denies: ['192.0.4.1'].map(from),
  },
  {
    name: 'a set of a namespace bears its name and its labels, a global one neither',
    given: [
      networkSet('bank', { a: '1' }, '192.0.2.1'),
      globalNetworkSet({ a: '1' }, '192.0.2.2'),
      everywhere({ selector: "pcns.team == 'money' && projectcalico.org/namespace == 'bank'" }),
    ],
    allows: [from('192.0.2.1')],
    denies: [from('192.0.2.2')],
  },
  {
    name: 'the labels of a set are its own, so that one may pose as of a namespace (a known gap of the API)',
    given: [
      globalNetworkSet({ 'pcns.team': 'money' }, '192.0.2.1'),
      everywhere({ namespaceSelector: "team == 'money'" }),
    ],
    allows: [from('192.0.2.1'), from('bank/teller')],
    denies: [from('shop/web')],
  },
  {
    name: 'the own labels of a set win over those of its namespace',
    given: [
      networkSet('bank', { 'pcns.team': 'retail' }, '192.0.2.1'),
      everywhere({ namespaceSelector: "team == 'retail'" }),
    ],
    allows: [from('192.0.2.1'), from('shop/web')],
    denies: [from('bank/teller')],
  },
  {
    name: 'a set has no names for ports',
    given: [
      networkSet('shop', role, '192.0.2.1'),
      policy('p', {
        selector: "app == 'db'",
        types: ['Egress'],
        egress: [
          { ...allow, protocol: 'TCP', destination: { selector: "role == 'partner'", ports: ['http', 443] } },
        ],
      }),
    ],
    allows: ['shop/db > 192.0.2.1 TCP 443'],
    denies: ['shop/db > 192.0.2.1 TCP 80', 'shop/db > 192.0.2.1 TCP 8080'],
  },
  {
    name: 'no policy applies to a set',
    given: [
      networkSet('shop', role, '192.0.2.1'),
      globalPolicy('p', { selector: "role == 'partner'", types: ['Ingress', 'Egress'] }),
    ],
    allows: [from('192.0.2.1'), 'shop/db > 192.0.2.1 TCP 80'],
  },
])
