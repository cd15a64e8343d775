/** Which rules speak of a name of DNS: by domains that they give, or by those of a network set that they select. */
import type { DomainPattern } from '@margay/resources'
import { matchesDomain } from '@margay/resources'
import type { PolicyRef } from '../model/policy.ts'
import type { PeerMatch } from '../model/rule.ts'
import type { PolicyState } from '../state/policy-state.ts'

export interface NamingRule {
  readonly policy: PolicyRef
  /** Of the policy's egress rules, as a person wrote them: counted from 0. */
  readonly rule: number
  /** Which it is that matches, as it is given. */
  readonly pattern: string
  /** The network set that gives it; undefined: the rule does. */
  readonly networkSet: string | undefined
}

/** In the order of evaluation, each once; `name` as `canonicalDomain` gives it. Cost: O(egress rules). */
export function rulesNaming({ tiers, networkSets }: PolicyState, name: string): NamingRule[] {
  const named = networkSets.flatMap((set) => {
    const pattern = firstMatch(set.domains, name)
    return pattern === undefined ? [] : [{ set, pattern }]
  })
  const found = tiers.flatMap(({ policies }) =>
    policies.flatMap(({ ref: policy, egress }) =>
      egress.flatMap(({ destination, origin: rule }) =>
        waysOf(destination, name, named).map((way) => ({ policy, rule, ...way })),
      ),
    ),
  )
  return [...new Map(found.map((it) => [JSON.stringify(it), it])).values()]
}

interface NamedSet {
  readonly set: PolicyState['networkSets'][number]
  readonly pattern: DomainPattern
}

type Way = Pick<NamingRule, 'pattern' | 'networkSet'>

function waysOf(
  { inDomains, inSet, countsNames }: PeerMatch,
  name: string,
  named: readonly NamedSet[],
): Way[] {
  const own = inDomains === undefined ? undefined : firstMatch(inDomains.patterns, name)
  const selected = countsNames ? named.filter(({ set }) => inSet?.selects(set.labels) === true) : []
  return [
    ...(own === undefined ? [] : [{ pattern: own.text, networkSet: undefined }]),
    ...selected.map(({ set, pattern }) => ({ pattern: pattern.text, networkSet: set.key })),
  ]
}

function firstMatch(patterns: readonly DomainPattern[], name: string): DomainPattern | undefined {
  return patterns.find((pattern) => matchesDomain(pattern, name))
}
