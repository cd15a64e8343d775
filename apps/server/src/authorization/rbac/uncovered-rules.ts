/**
 * Which parts of some rules does a user not hold? Nobody may grant what he does not have.
 *
 * Source  Kubernetes RBAC, "Privilege escalation prevention and bootstrapping"; `validation.Covers` of its rule helpers.
 *         A star is covered by a star alone.
 */
import type { PolicyRule } from '@margay/resources'
import type { Action } from '../attributes.ts'

/** A rule that speaks of more single permissions than this can't be compared in reasonable time. */
const mostParts = 50_000

/** `holds` answers for the user. A rule that is too wide to compare counts as not held. */
export function uncoveredRules(
  rules: readonly PolicyRule[],
  namespace: string,
  holds: (action: Action) => boolean,
): PolicyRule[] {
  return rules.flatMap((rule) => {
    if (partCount(rule) > mostParts) return [rule]
    return [...parts(rule)].filter((part) => !holds(actionOf(part, namespace)))
  })
}

function partCount(rule: PolicyRule): number {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const names = Math.max(resourceNames.length, 1)
  return verbs.length * (apiGroups.length * resources.length * names + nonResourceURLs.length)
}

/** One verb, group, resource and name each, or one verb and path. */
function* parts(rule: PolicyRule): Iterable<PolicyRule> {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  for (const verb of verbs) {
    for (const url of nonResourceURLs) yield { verbs: [verb], nonResourceURLs: [url] }
    for (const group of apiGroups) {
      for (const resource of resources) yield* named(verb, group, resource, resourceNames)
    }
  }
}

function* named(
  verb: string,
  group: string,
  resource: string,
  names: readonly string[],
): Iterable<PolicyRule> {
  const part = { verbs: [verb], apiGroups: [group], resources: [resource] }
  if (names.length === 0) yield part
  for (const name of names) yield { ...part, resourceNames: [name] }
}

function actionOf(part: PolicyRule, namespace: string): Action {
  const [verb = ''] = part.verbs
  const [path] = part.nonResourceURLs ?? []
  if (path !== undefined) return { verb, path }
  const [group = ''] = part.apiGroups ?? []
  const [full = ''] = part.resources ?? []
  const [resource = '', ...sub] = full.split('/')
  const [name = ''] = part.resourceNames ?? []
  return { verb, group, resource, subresource: sub.join('/'), namespace, name }
}
