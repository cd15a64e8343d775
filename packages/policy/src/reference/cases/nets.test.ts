/** Addresses in rules, and IP versions. Source: spec/api.md 2, I17, I18. */
import { allow, deny, globalPolicy, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const from = (address: string) => `${address} > shop/db TCP 80`
const from6 = (address: string) => `${address} > fd00::2 TCP 80`
const rule = (spec: object) => policy('p', { selector: "app == 'db'", ingress: [{ ...allow, ...spec }] })
const source = (peer: object) => rule({ source: peer })

testVerdicts([
  {
    name: 'nets are alternatives, and hold pods as well as others, of every namespace',
    given: [source({ nets: ['10.0.1.0/24', '203.0.113.8/29'] })],
    allows: [from('bank/teller'), from('203.0.113.9')],
    denies: [from('shop/web'), from('203.0.113.16'), from6('bank/teller')],
  },
  {
    name: 'notNets take out, and leave the rest of their own family in',
    given: [source({ notNets: ['10.0.0.0/16', '203.0.113.0/24'] })],
    allows: [from('192.0.2.1')],
    denies: [
      from('shop/web'),
      from('203.0.113.9'),
      from6('2001:db8::1'),
      'shop/web > shop/db TCP 80 over IPv6',
    ],
  },
  {
    name: 'nets and notNets must both hold',
    given: [source({ nets: ['10.0.0.0/8'], notNets: ['10.0.1.0/24'] })],
    allows: [from('shop/web')],
    denies: [from('bank/teller'), from('203.0.113.9')],
  },
  {
    name: 'nets and selectors must both hold',
    given: [source({ nets: ['10.0.0.0/8'], selector: "app == 'web'" })],
    allows: [from('shop/web')],
    denies: ['10.0.0.77 > shop/db TCP 80', 'shop/web > shop/db TCP 80 over IPv6'],
  },
  {
    name: 'a net of everything is everything of one family',
    given: [source({ nets: ['::/0'] })],
    allows: [from6('2001:db8::1'), 'shop/web > shop/db TCP 80 over IPv6'],
    denies: [from('shop/web')],
  },
  {
    name: 'nets of one side bind the family of the other side too',
    given: [rule({ source: { notNets: ['192.0.2.0/24'] }, destination: { selector: 'all()' } })],
    allows: [from('203.0.113.9')],
    denies: [from6('2001:db8::1')],
  },
  {
    name: 'nets of both sides must hold',
    given: [rule({ source: { nets: ['10.0.0.0/24'] }, destination: { nets: ['10.0.0.2/32'] } })],
    allows: [from('shop/web')],
    denies: [from('bank/teller')],
  },
  {
    name: 'a rule of one IP version matches no packet of the other',
    given: [rule({ ipVersion: 6 })],
    allows: [from6('2001:db8::1')],
    denies: [from('shop/web')],
  },
  {
    name: 'a rule without an IP version matches both',
    given: [rule({ protocol: 'TCP' })],
    allows: [from6('2001:db8::1'), from('shop/web')],
  },
  {
    name: 'a rule for ICMPv6 that excludes IPv4 addresses matches nothing, and does not lose the exclusion',
    given: [
      policy('p', {
        selector: "app == 'db'",
        ingress: [{ ...allow, protocol: 'ICMPv6', source: { notNets: ['192.0.2.0/24'] } }],
      }),
    ],
    denies: ['2001:db8::1 > fd00::2 ICMPv6 128', '203.0.113.9 > shop/db ICMPv6 128', from6('2001:db8::1')],
  },
  {
    name: 'a rule for ICMP with IPv6 addresses matches nothing',
    given: [
      globalPolicy('p', {
        selector: "app == 'db'",
        ingress: [{ ...deny, protocol: 'ICMP', destination: { notNets: ['2001:db8::/32'] } }, allow],
      }),
    ],
    allows: ['203.0.113.9 > shop/db ICMP 8', '2001:db8::1 > fd00::2 ICMPv6 128'],
  },
  {
    name: 'a selector is of both families, and holds whichever address a pod has',
    given: [source({ selector: "app == 'web'" })],
    allows: [from('shop/web'), 'shop/web > shop/db TCP 80 over IPv6'],
    denies: [from('203.0.113.9')],
  },
])
