/**
 * Rules for HTTP requests that no request can be: one header must be there and must not, or no path can be normalised. They open no connection and
 * decide nothing, whoever is there; of what is enforced nothing of them is left.
 */
import type { Resource, Rule } from '@margay/resources'
import { isSatisfiable } from '../http/satisfiable.ts'
import { lowerHttp } from '../lower/lower-http.ts'
import { LoweringError } from '../lower/lowering-error.ts'
import { readPolicy } from '../lower/read-policy.ts'
import type { Finding } from './lint.ts'

/** Of policies that are enforced, in their order. */
export function unmatchedRequests(resources: readonly Resource[]): Finding[] {
  return resources.flatMap((resource) => {
    const source = readPolicy(resource, [])
    if (source === undefined || source.spec.types?.includes('Ingress') === false) return []
    const { ref, spec } = source
    const about = { policy: ref, tier: spec.tier ?? 'default', direction: 'Ingress' as const, by: [] }
    return (spec.ingress ?? []).flatMap((rule, ruleIndex): Finding[] =>
      isForSomeRequest(rule) ? [] : [{ ...about, check: 'rule-matches-nobody', ruleIndex, message }],
    )
  })
}

const message = 'matches no HTTP request: none can be all that it asks of paths and headers'

/** One that can't be read denies, and is reported elsewhere. */
function isForSomeRequest({ http }: Rule): boolean {
  try {
    const match = lowerHttp(http)
    return match === undefined || isSatisfiable(match)
  } catch (error) {
    if (error instanceof LoweringError) return true
    throw error
  }
}
