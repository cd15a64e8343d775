/**
 * The rules of one role, ready to be asked: by verb, then group, then resource.
 *
 * Cost    A question takes at most 2 × 2 × 4 look-ups, however many rules there are.
 * Source  Kubernetes `VerbMatches`, `APIGroupMatches`, `ResourceMatches`, `ResourceNameMatches` and
 *         `NonResourceURLMatches` of its RBAC authorizer.
 */
import type { PolicyRule } from '@margay/resources'
import type { PathAction, ResourceAction } from '../attributes.ts'

/** Which objects of a resource: all, or those of these names. */
interface Scope {
  isAny: boolean
  readonly names: Set<string>
}

type ByResource = Map<string, Scope>
type ByGroup = Map<string, ByResource>

/** A rule that would take more places than this in the table is kept as it is, and looked through. */
const mostPlaces = 4096

export class GrantTable {
  readonly #byVerb = new Map<string, ByGroup>()
  readonly #wide: PolicyRule[] = []
  readonly #pathsByVerb = new Map<string, string[]>()

  constructor(rules: readonly PolicyRule[]) {
    for (const rule of rules) this.#add(rule)
  }

  allows({ verb, group, resource, subresource, name }: ResourceAction): boolean {
    const forms = resourceForms(resource, subresource)
    return (
      reaches(this.#byVerb.get(verb), group, forms, name) ||
      reaches(this.#byVerb.get('*'), group, forms, name) ||
      this.#wide.some((rule) => matches(rule, verb, group, forms, name))
    )
  }

  allowsPath({ verb, path }: PathAction): boolean {
    return covers(this.#pathsByVerb.get(verb), path) || covers(this.#pathsByVerb.get('*'), path)
  }

  #add(rule: PolicyRule): void {
    const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } = rule
    for (const verb of verbs) {
      if (nonResourceURLs.length > 0) entry(this.#pathsByVerb, verb, () => []).push(...nonResourceURLs)
    }
    if (verbs.length * apiGroups.length * resources.length > mostPlaces) this.#wide.push(rule)
    else this.#spread(rule)
  }

  #spread({ verbs, apiGroups = [], resources = [], resourceNames = [] }: PolicyRule): void {
    for (const verb of verbs) {
      const byGroup = entry(this.#byVerb, verb, () => new Map())
      for (const group of apiGroups) {
        const byResource = entry(byGroup, group, () => new Map())
        for (const resource of resources) widen(byResource, resource, resourceNames)
      }
    }
  }
}

function widen(byResource: ByResource, resource: string, names: readonly string[]): void {
  const scope = entry(byResource, resource, () => ({ isAny: false, names: new Set() }))
  if (names.length === 0) scope.isAny = true
  for (const name of names) scope.names.add(name)
}

/** How rules may write a resource: as it is, as `*`, and with a star in front of the subresource. */
function resourceForms(resource: string, subresource: string): readonly string[] {
  return subresource === '' ? [resource, '*'] : [`${resource}/${subresource}`, '*', `*/${subresource}`]
}

function reaches(byGroup: ByGroup | undefined, group: string, forms: readonly string[], name: string) {
  if (byGroup === undefined) return false
  return holds(byGroup.get(group), forms, name) || holds(byGroup.get('*'), forms, name)
}

function holds(byResource: ByResource | undefined, forms: readonly string[], name: string): boolean {
  if (byResource === undefined) return false
  for (const form of forms) {
    const scope = byResource.get(form)
    if (scope !== undefined && (scope.isAny || scope.names.has(name))) return true
  }
  return false
}

function matches(rule: PolicyRule, verb: string, group: string, forms: readonly string[], name: string) {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule
  return (
    (verbs.includes(verb) || verbs.includes('*')) &&
    (apiGroups.includes(group) || apiGroups.includes('*')) &&
    forms.some((form) => resources.includes(form)) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  )
}

function covers(patterns: readonly string[] | undefined, path: string): boolean {
  return patterns?.some((pattern) => matchesPath(pattern, path)) === true
}

/** A `*` at the end stands for anything, also for nothing; elsewhere it is an ordinary letter. */
function matchesPath(pattern: string, path: string): boolean {
  if (pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
