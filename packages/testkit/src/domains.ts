/** Worlds in which rules and network sets name domains, and names by which addresses are known. */
import type { EntityRule, ResourceObject, Rule } from '@margay/resources'
import fc from 'fast-check'

/** Few, so that patterns often match, and often in several ways. */
const names = ['a.com', 'b.com', 'www.a.com', 'x.www.a.com', 'www.b.org', 'com'] as const
const patterns = [...names, '*.a.com', '*.com', 'www.*', 'www.*.com', '*.WWW.a.com', 'x.*', '*'] as const

/** Of one address, as a node knows them; often none. */
export const knownNames: fc.Arbitrary<string[]> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant<string[]>([]) },
  { weight: 3, arbitrary: fc.subarray([...names], { minLength: 1, maxLength: 3 }) },
)

const domainLists = fc.subarray([...patterns], { minLength: 1, maxLength: 3 })
/** More than a world has places for them; undefined: it stays as it is. */
const choices = fc.array(fc.option(domainLists, { nil: undefined, freq: 3 }), {
  minLength: 60,
  maxLength: 60,
})

/** The same objects, but some egress rules that allow say domains of whom they said something else, and some network sets have domains. */
export function withDomains(worlds: fc.Arbitrary<ResourceObject[]>): fc.Arbitrary<ResourceObject[]> {
  return fc.tuple(worlds, choices).map(([objects, lists]) => {
    let used = 0
    const next = () => lists[used++ % lists.length]
    return objects.map((object) => withDomainsIn(object, next))
  })
}

type Next = () => string[] | undefined

function withDomainsIn(object: ResourceObject, next: Next): ResourceObject {
  // Baseline policies have no names.
  if (object.kind === 'AdminNetworkPolicy' || object.kind === 'ClusterNetworkPolicy')
    return withNamesIn(object, next)
  if (object.apiVersion !== 'projectcalico.org/v3') return object
  switch (object.kind) {
    case 'NetworkSet':
    case 'GlobalNetworkSet':
      return withSpec(object, { allowedEgressDomains: next() })
    case 'NetworkPolicy':
    case 'GlobalNetworkPolicy':
    case 'StagedNetworkPolicy':
    case 'StagedGlobalNetworkPolicy':
    case 'Profile': {
      const { egress } = object.spec as { readonly egress?: readonly Rule[] }
      return withSpec(object, { egress: egress?.map((rule) => ruleWith(rule, next)) })
    }
    default:
      return object
  }
}

/** Names as policies of a cluster's administrator take them. */
const domainNames = ['www.a.com', 'a.com', 'b.com.', '*.a.com'] as const

interface AdministratorRule {
  readonly action: string
  readonly to: readonly object[]
  readonly ports?: unknown
  readonly protocols?: unknown
}

/** A peer more for some rules that allow, of those without ports: names of ports are for pods alone. */
function withNamesIn(object: ResourceObject, next: Next): ResourceObject {
  const { egress } = object.spec as { readonly egress?: readonly AdministratorRule[] }
  const mayBeNamed = ({ action, ports, protocols }: AdministratorRule) =>
    (action === 'Allow' || action === 'Accept') && ports === undefined && protocols === undefined
  const changed = egress?.map((rule) => {
    const count = mayBeNamed(rule) ? (next()?.length ?? 0) : 0
    return count === 0 ? rule : { ...rule, to: [...rule.to, { domainNames: domainNames.slice(-count) }] }
  })
  return withSpec(object, { egress: changed })
}

function withSpec(object: ResourceObject, fields: Readonly<Record<string, unknown>>): ResourceObject {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { ...object, spec: { ...(object.spec as object), ...Object.fromEntries(given) } }
}

function ruleWith(rule: Rule, next: Next): Rule {
  const domains = rule.action === 'Allow' && rule.destination?.services === undefined ? next() : undefined
  if (domains === undefined) return rule
  return { ...rule, destination: { ...besideDomains(rule.destination), domains } }
}

/** What validation takes beside domains. */
function besideDomains({ notNets, notSelector, ports, notPorts }: EntityRule = {}): EntityRule {
  return Object.fromEntries(
    Object.entries({ notNets, notSelector, ports, notPorts }).filter(([, value]) => value !== undefined),
  )
}
