/** Protocols and ICMP types. Source: spec/api.md 2, 2.1 (19 to 25); docs/adr/0005. */
import { allow, deny, policy } from './objects.testkit.ts'
import { testVerdicts } from './verdicts.testkit.ts'

const over4 = (what: string) => `203.0.113.9 > shop/db ${what}`
const over6 = (what: string) => `2001:db8::1 > fd00::2 ${what}`
const rule = (spec: object) => policy('p', { selector: "app == 'db'", ingress: [{ ...allow, ...spec }] })

testVerdicts([
  {
    name: 'a protocol by name',
    given: [rule({ protocol: 'UDP' })],
    allows: [over4('UDP 53'), over6('UDP 53')],
    denies: [over4('TCP 53'), over4('UDPLite 53'), over4('ICMP 8')],
  },
  {
    name: 'a protocol by number',
    given: [rule({ protocol: 132 })],
    allows: [over4('SCTP 80'), over6('SCTP 80')],
    denies: [over4('TCP 80')],
  },
  {
    name: 'a protocol by digits',
    given: [rule({ protocol: '17' })],
    allows: [over4('UDP 53')],
    denies: [over4('TCP 53')],
  },
  {
    name: 'a protocol without a name',
    given: [rule({ protocol: 47 })],
    allows: [over4('47'), over6('47')],
    denies: [over4('TCP 47')],
  },
  {
    name: 'UDPLite is not UDP',
    given: [rule({ protocol: 'UDPLite' })],
    allows: [over4('UDPLite 53'), over4('136')],
    denies: [over4('UDP 53')],
  },
  {
    name: 'a negated protocol leaves all others in',
    given: [rule({ notProtocol: 'TCP' })],
    allows: [over4('UDP 53'), over4('ICMP 8'), over6('47')],
    denies: [over4('TCP 80'), over6('TCP 80')],
  },
  {
    name: 'a protocol and its negation must both hold, so that nothing matches',
    given: [rule({ protocol: 'TCP', notProtocol: 6 })],
    denies: [over4('TCP 80'), over4('UDP 80')],
  },
  {
    name: 'the name ICMP is of IPv4 only',
    given: [rule({ protocol: 'ICMP' })],
    allows: [over4('ICMP 8'), over4('1 13')],
    denies: [over6('ICMPv6 128'), over6('1 8'), over4('TCP 80')],
  },
  {
    name: 'the name ICMPv6 is of IPv6 only',
    given: [rule({ protocol: 'ICMPv6' })],
    allows: [over6('ICMPv6 128')],
    denies: [over4('ICMP 8'), over4('58 128')],
  },
  {
    name: 'the numbers 1 and 58 are of both IP versions',
    given: [
      policy('p', {
        selector: "app == 'db'",
        ingress: [
          { ...allow, protocol: 1 },
          { ...allow, protocol: 58 },
        ],
      }),
    ],
    allows: [over4('ICMP 8'), over6('1 8'), over4('58 128'), over6('ICMPv6 128')],
    denies: [over4('TCP 80')],
  },
  {
    name: 'a negated name of ICMP says nothing about the IP version',
    given: [rule({ notProtocol: 'ICMP' })],
    allows: [over4('TCP 80'), over6('TCP 80'), over6('ICMPv6 128')],
    denies: [over4('ICMP 8'), over6('1 8')],
  },
  {
    name: 'an ICMP type matches whatever the code',
    given: [rule({ protocol: 'ICMP', icmp: { type: 3 } })],
    allows: [over4('ICMP 3/0'), over4('ICMP 3/1')],
    denies: [over4('ICMP 8')],
  },
  {
    name: 'an ICMP type with a code matches that code',
    given: [rule({ protocol: 'ICMP', icmp: { type: 3, code: 1 } })],
    allows: [over4('ICMP 3/1')],
    denies: [over4('ICMP 3/0'), over4('ICMP 8/1')],
  },
  {
    name: 'ICMP type and code zero are types and codes as others',
    given: [rule({ protocol: 'ICMP', icmp: { type: 0, code: 0 } })],
    allows: [over4('ICMP 0/0')],
    denies: [over4('ICMP 0/1'), over4('ICMP 8/0')],
  },
  {
    name: 'icmp without a type says nothing',
    given: [rule({ protocol: 'ICMPv6', icmp: {} })],
    allows: [over6('ICMPv6 128')],
    denies: [over4('TCP 80')],
  },
  {
    name: 'types are of the packet’s own family: beside the number 1 they match ICMP over IPv4',
    given: [rule({ protocol: 1, icmp: { type: 8 } })],
    allows: [over4('ICMP 8')],
    denies: [over6('1 8'), over6('ICMPv6 8')],
  },
  {
    name: 'a negated type matches ICMP packets of every other type, in both families, and nothing that is not ICMP',
    given: [rule({ notICMP: { type: 8 } })],
    allows: [over4('ICMP 13'), over6('ICMPv6 128')],
    denies: [over4('ICMP 8'), over6('ICMPv6 8'), over4('TCP 80'), over6('1 13'), over4('58 128')],
  },
  {
    name: 'a negated type with a code excludes that code only',
    given: [rule({ protocol: 'ICMP', notICMP: { type: 3, code: 1 } })],
    allows: [over4('ICMP 3/0'), over4('ICMP 8/1')],
    denies: [over4('ICMP 3/1')],
  },
  {
    name: 'a type and a negated type must both hold',
    given: [rule({ protocol: 'ICMP', icmp: { type: 3 }, notICMP: { type: 3, code: 1 } })],
    allows: [over4('ICMP 3/0')],
    denies: [over4('ICMP 3/1'), over4('ICMP 8')],
  },
  {
    name: 'notICMP without a type says nothing',
    given: [rule({ notICMP: {} })],
    allows: [over4('TCP 80'), over4('ICMP 8')],
  },
  {
    name: 'notICMP beside a protocol that is not ICMP never matches',
    given: [
      policy('p', {
        selector: "app == 'db'",
        ingress: [
          { ...deny, protocol: 'TCP', notICMP: { type: 8 } },
          { ...allow, protocol: 'TCP' },
        ],
      }),
    ],
    allows: [over4('TCP 80')],
    denies: [over4('ICMP 13')],
  },
])
