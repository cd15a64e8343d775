/** Names of domains, of rules and of network sets. Source: spec/dataplane.md 7.1; what may not stand beside them is Margay's own. */
import { parseDomainPattern } from '../../domains/domain-pattern.ts'
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid } from '../../schema/issue.ts'
import type { RuleSite, Side } from './rule-site.ts'

/** Of a list that is at this path. */
export function* checkDomainForm(domains: readonly string[] | undefined, path: string): Iterable<Issue> {
  for (const [index, text] of (domains ?? []).entries()) {
    if (parseDomainPattern(text) !== undefined) continue
    yield invalid(
      `${path}[${index}]`,
      `must be the name of a domain such as www.example.com, without a dot at its end, where one whole label may be "*" as in *.example.com, but is ${describe(text)}`,
    )
  }
}

export function* checkRuleDomains(site: RuleSite): Iterable<Issue> {
  for (const side of sidesWithDomains(site)) {
    yield* checkDomainForm(side.peer.domains, `${side.path}.domains`)
    yield* checkPlace(side, site)
    yield* checkAlone(side)
  }
}

/** What is denied must be denied by more than what a name was once known to mean; and nobody is known by name who opens a connection. */
function* checkPlace({ name, path }: Side, { direction, rule }: RuleSite): Iterable<Issue> {
  if (direction === 'ingress' || name === 'source')
    yield forbidden(`${path}.domains`, 'is only allowed in the destination of an egress rule')
  else if (rule.action !== 'Allow')
    yield forbidden(`${path}.domains`, `is only allowed with action Allow, not ${rule.action}`)
}

/** All criteria of a side must hold: an address that is known by name is no endpoint. Lists of addresses would only narrow it. */
function* checkAlone({ peer, path }: Side): Iterable<Issue> {
  const others = [
    ...((peer.nets ?? []).length > 0 ? ['nets'] : []),
    ...(['selector', 'namespaceSelector'] as const).filter((field) => (peer[field] ?? '') !== ''),
    ...(['serviceAccounts', 'services'] as const).filter((field) => peer[field] !== undefined),
  ]
  for (const field of others) {
    yield forbidden(
      `${path}.${field}`,
      'is not allowed beside domains: a network set with nets and allowedEgressDomains can be selected for both',
    )
  }
}

function sidesWithDomains(site: RuleSite): Side[] {
  return site.sides.filter(({ peer }) => (peer.domains ?? []).length > 0)
}
