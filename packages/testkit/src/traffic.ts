/** Which packets a rule speaks of, whoever sends them: protocol, ICMP type and IP version. */
import type { IpVersion } from '@margay/netset'
import type { IcmpFields, Rule } from '@margay/resources'
import fc from 'fast-check'
import { type Compact, maybe, record } from './optional.ts'

export type Traffic = Compact<Pick<Rule, 'protocol' | 'notProtocol' | 'icmp' | 'notICMP' | 'ipVersion'>>

/** By name and by number; 47 has no name. */
const protocols = fc.oneof(
  { withCrossShrink: true },
  { weight: 6, arbitrary: fc.constantFrom<string | number>('TCP', 6, 'TCP') },
  { weight: 4, arbitrary: fc.constantFrom<string | number>('UDP', 17, 'SCTP', 132) },
  { weight: 5, arbitrary: fc.constantFrom<string | number>('ICMP', 1, 'ICMPv6', 58) },
  { weight: 2, arbitrary: fc.constantFrom<string | number>('UDPLite', 136, 47) },
)

/** Those that packets of a test have, of both families: echo request, timestamp, and the codes 0 and 3. */
const icmpTypes = [8, 13, 128, 139] as const
const icmp: fc.Arbitrary<IcmpFields> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.constantFrom(...icmpTypes).map((type) => ({ type })) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom(...icmpTypes), code: fc.constantFrom(0, 3) }),
  },
)

export const traffic: fc.Arbitrary<Traffic> = record({
  protocol: maybe(45, protocols),
  notProtocol: maybe(7, protocols),
  icmp: maybe(60, icmp),
  notICMP: maybe(5, icmp),
  ipVersion: maybe(10, fc.constantFrom<IpVersion>(4, 6)),
}).map((parts) => withFittingVersion(withFittingIcmp(parts)))

const familyOfProtocol = new Map<string | number | undefined, IpVersion>([
  ['ICMP', 4],
  [1, 4],
  ['ICMPv6', 6],
  [58, 6],
])

/** `icmp` needs an ICMP protocol beside it; `notICMP` needs nothing. Source: spec/api.md 2.1, rules 19 and 20. */
function withFittingIcmp({ icmp, ...rest }: Traffic): Traffic {
  return icmp !== undefined && familyOfProtocol.has(rest.protocol) ? { icmp, ...rest } : rest
}

/** ICMP is IPv4's and ICMPv6 is IPv6's, in `protocol` and in `notProtocol`. Source: spec/api.md 2.1, rules 23 to 25. */
function withFittingVersion({ ipVersion, ...rest }: Traffic): Traffic {
  const families = [rest.protocol, rest.notProtocol].map((protocol) => familyOfProtocol.get(protocol))
  const fits = families.every((family) => family === undefined || family === ipVersion)
  return ipVersion !== undefined && fits ? { ipVersion, ...rest } : rest
}
