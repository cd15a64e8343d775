/** ICMP types and codes of a rule. Numbers of rules: spec/api.md 2.1; 20: notICMP needs no protocol. */
import { type Issue, invalid, required } from '../../schema/issue.ts'
import type { RuleSite } from './rule-site.ts'

const icmpProtocols: ReadonlySet<string | number> = new Set(['ICMP', 'ICMPv6', 1, 58])

/** 19. */
export function* checkIcmpProtocol({ rule, path }: RuleSite): Iterable<Issue> {
  if (rule.icmp === undefined) return
  const allowed = 'must be ICMP or ICMPv6 in a rule with icmp'
  if (rule.protocol === undefined) yield required(`${path}.protocol`, allowed)
  else if (!icmpProtocols.has(rule.protocol))
    yield invalid(`${path}.protocol`, `${allowed}, but is ${rule.protocol}`)
}

/** 21. */
export function* checkIcmpCode({ rule, path }: RuleSite): Iterable<Issue> {
  for (const field of ['icmp', 'notICMP'] as const) {
    const icmp = rule[field]
    if (icmp?.code !== undefined && icmp.type === undefined)
      yield required(`${path}.${field}.type`, 'a code needs a type')
  }
}
