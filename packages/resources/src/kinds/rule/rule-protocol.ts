/** Protocols and IP versions of a rule. Numbers of rules: spec/api.md 2.1. */
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid, notSupported } from '../../schema/issue.ts'
import { protocolNumberOf, protocolNumbers } from './protocol.ts'
import type { RuleSite } from './rule-site.ts'

const fields = ['protocol', 'notProtocol'] as const
const names = [...protocolNumbers.keys()].join(', ')

/** 3 and 4. */
export function* checkProtocolKnown({ rule, path }: RuleSite): Iterable<Issue> {
  for (const field of fields) {
    const protocol = rule[field]
    if (protocol === undefined || protocolNumberOf(protocol) !== undefined) continue
    yield notSupported(
      `${path}.${field}`,
      `must be ${names} or a number from 1 to 255, but is ${describe(protocol)}`,
    )
  }
}

/** 23, 24 and 25: ICMP belongs to IPv4, ICMPv6 to IPv6. */
export function* checkProtocolFamily({ rule, path }: RuleSite): Iterable<Issue> {
  for (const field of fields) {
    const family = familyOf(rule[field])
    if (family === undefined || rule.ipVersion === undefined || rule.ipVersion === family) continue
    yield invalid(
      `${path}.ipVersion`,
      `must be ${family} with ${field} ${rule[field]}, but is ${rule.ipVersion}`,
    )
  }
}

function familyOf(protocol: string | number | undefined): 4 | 6 | undefined {
  if (protocol === 'ICMP' || protocol === 1) return 4
  return protocol === 'ICMPv6' || protocol === 58 ? 6 : undefined
}
