/** Addresses of a rule. Numbers of rules: spec/api.md 2.1. */
import { type Cidr, formatCidr, isMaskedCidr, parseCidr, parseCidrOrIp } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid } from '../../schema/issue.ts'
import type { RuleSite } from './rule-site.ts'

interface NetSite {
  readonly text: string
  readonly path: string
  readonly list: 'nets' | 'notNets'
}

/** 14 and 15: every entry is a CIDR, and has no bits set beyond its prefix. */
export function* checkNetForm(site: RuleSite): Iterable<Issue> {
  for (const { text, path } of netsOf(site)) {
    if (parseCidr(text) === undefined || !isMaskedCidr(text)) yield invalid(path, netProblem(text))
  }
}

/** Says what a text should be that is no masked CIDR. */
export function netProblem(text: string): string {
  const meant = parseCidrOrIp(text)
  const hint = meant === undefined ? 'such as 10.0.0.0/8 or fd00::/8' : `such as ${formatCidr(meant)}`
  return `must be a CIDR without bits beyond its prefix, ${hint}, but is ${describe(text)}`
}

/** 16 and 17: the four lists and ipVersion agree on one family. */
export function* checkNetFamily(site: RuleSite): Iterable<Issue> {
  const parsed = netsOf(site).flatMap(({ text, path }) => withCidr(parseCidr(text), path))
  const family = site.rule.ipVersion ?? parsed[0]?.cidr.version
  for (const { cidr, path } of parsed) {
    if (cidr.version !== family)
      yield invalid(path, `is IPv${cidr.version}, but the rule is for IPv${family}; use two rules`)
  }
}

/** 18: "everything but everything" never matches. */
export function* checkNotNets(site: RuleSite): Iterable<Issue> {
  for (const { text, path, list } of netsOf(site)) {
    const isCatchAll = list === 'notNets' && parseCidr(text)?.prefixLength === 0
    if (isCatchAll) yield invalid(path, 'must not be the whole address space, or the rule never matches')
  }
}

function withCidr(cidr: Cidr | undefined, path: string) {
  return cidr === undefined ? [] : [{ cidr, path }]
}

function netsOf(site: RuleSite): NetSite[] {
  return site.sides.flatMap(({ peer, path }) =>
    (['nets', 'notNets'] as const).flatMap((list) =>
      (peer[list] ?? []).map((text, index) => ({ text, list, path: `${path}.${list}[${index}]` })),
    ),
  )
}
