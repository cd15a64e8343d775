/** Rules of v3 policies. */
import type { IpVersion } from '@margay/netset'
import type { HttpMatch, Rule } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { serviceName } from './endpoint-slices.ts'
import { entities, fitEntity, type LooseEntity } from './entity.ts'
import { httpMatches } from './http.ts'
import { compact, maybe, record } from './optional.ts'
import { type Traffic, traffic } from './traffic.ts'

const actions = fc.oneof(
  { withCrossShrink: true },
  { weight: 6, arbitrary: fc.constant('Allow' as const) },
  { weight: 3, arbitrary: fc.constant('Deny' as const) },
  { weight: 2, arbitrary: fc.constant('Pass' as const) },
  { weight: 1, arbitrary: fc.constant('Log' as const) },
)

/** A rule mostly speaks of who is at the far side, and of the destination's ports. */
export function rules(cast: Cast, direction: 'ingress' | 'egress'): fc.Arbitrary<Rule[]> {
  const far = { who: 20, ports: 5 }
  const near = { who: 4, ports: 5 }
  const [source, destination] = direction === 'ingress' ? [far, near] : [near, far]
  const rule = record({
    action: actions,
    traffic,
    netFamily: fc.constantFrom<IpVersion>(4, 6),
    source: entities(cast, source),
    destination: entities(cast, { ...destination, ports: 30 }),
    service: maybe(5, serviceOf(cast)),
    http: maybe(25, httpMatches),
  }).map((parts) => fitRule(parts, direction))
  return fc.array(rule, { maxLength: 5 })
}

interface RuleParts {
  readonly action: Rule['action']
  readonly traffic: Traffic
  readonly netFamily: IpVersion
  readonly source: LooseEntity
  readonly destination: LooseEntity
  readonly service?: { name: string; namespace: string }
  readonly http?: HttpMatch
}

/** All nets of one rule are of one family, that of its `ipVersion`. Source: spec/api.md 2.1, rules 16 and 17. */
function fitRule(
  { action, traffic, netFamily, service, http, ...sides }: RuleParts,
  direction: string,
): Rule {
  const family = traffic.ipVersion ?? netFamily
  const fitted = {
    source: fitEntity(sides.source, traffic.protocol, family),
    destination: fitEntity(sides.destination, traffic.protocol, family),
  }
  // A service stands for the far side, and alone. Source: spec/api.md 2.1, rules 34 to 40.
  if (service !== undefined)
    fitted[direction === 'ingress' ? 'source' : 'destination'] = { services: service }
  return compact({
    action,
    ...traffic,
    http: action === 'Allow' && direction === 'ingress' && mayBeHttp(traffic) ? http : undefined,
    source: unlessEmpty(fitted.source),
    destination: unlessEmpty(fitted.destination),
  })
}

/** Source: spec/api.md 2.1, rules 26 to 28. */
export function mayBeHttp({ protocol = 'TCP' }: Pick<Rule, 'protocol'>): boolean {
  return protocol === 'TCP' || protocol === 6
}

function unlessEmpty<T extends object>(side: T): T | undefined {
  return Object.keys(side).length === 0 ? undefined : side
}

function serviceOf(cast: Cast): fc.Arbitrary<{ name: string; namespace: string }> {
  return fc.record({ name: fc.constant(serviceName), namespace: fc.constantFrom(...namespacesOf(cast)) })
}
