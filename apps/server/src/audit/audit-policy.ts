/**
 * How much of which request is recorded: rules in order, of which the first that matches decides.
 *
 * Source  Kubernetes API, audit.k8s.io/v1 Policy.
 */
import type { AuditLevel } from './event.ts'

export interface AuditRule {
  readonly level: AuditLevel
  /** Empty or absent: all. The same for the lists below. */
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly resources?: readonly GroupResources[]
  readonly namespaces?: readonly string[]
  /** Paths; a `*` at the end stands for anything. */
  readonly nonResourceURLs?: readonly string[]
}

export interface GroupResources {
  /** Empty: the core group. */
  readonly group?: string
  /** Plurals, such as `pods` or `pods/status`, with `*` for any on either side of the slash; empty: all of the group. */
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[]
}

/** What a rule looks at. */
export interface AuditSubject {
  readonly user: { readonly name: string; readonly groups: readonly string[] }
  readonly verb: string
  readonly path: string
  /** Absent for a path that is no resource. */
  readonly resource?: {
    readonly group: string
    readonly version: string
    /** Plural. */
    readonly resource: string
    readonly subresource: string | undefined
    readonly namespace: string | undefined
    readonly name: string | undefined
  }
}

/** What no rule speaks of is not recorded. */
export function levelOf({ rules }: AuditPolicy, subject: AuditSubject): AuditLevel {
  return rules.find((rule) => matches(rule, subject))?.level ?? 'None'
}

function matches(rule: AuditRule, { user, verb, path, resource }: AuditSubject): boolean {
  if (!admits(rule.users, user.name) || !admits(rule.verbs, verb)) return false
  if (!isEmpty(rule.userGroups) && !user.groups.some((group) => rule.userGroups?.includes(group)))
    return false
  const speaksOfPaths = !isEmpty(rule.nonResourceURLs)
  const speaksOfResources = !isEmpty(rule.resources) || !isEmpty(rule.namespaces)
  if (resource === undefined) return !speaksOfResources && (!speaksOfPaths || matchesPath(rule, path))
  return !speaksOfPaths && matchesResource(rule, resource)
}

function matchesPath({ nonResourceURLs = [] }: AuditRule, path: string): boolean {
  return nonResourceURLs.some((url) => (url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url))
}

type Resource = NonNullable<AuditSubject['resource']>

function matchesResource(rule: AuditRule, resource: Resource): boolean {
  if (!admits(rule.namespaces, resource.namespace ?? '')) return false
  if (isEmpty(rule.resources)) return true
  return rule.resources.some(
    ({ group = '', resources, resourceNames }) =>
      group === resource.group &&
      (isEmpty(resources) || resources.some((pattern) => matchesPattern(pattern, resource))) &&
      admits(resourceNames, resource.name ?? ''),
  )
}

function matchesPattern(pattern: string, { resource, subresource }: Resource): boolean {
  if (pattern === '*') return true
  const [name, part] = pattern.split('/')
  if (part === undefined) return name === resource && subresource === undefined
  return (
    (name === '*' || name === resource) && subresource !== undefined && (part === '*' || part === subresource)
  )
}

function admits(list: readonly string[] | undefined, value: string): boolean {
  return isEmpty(list) || list.includes(value)
}

function isEmpty(list: readonly unknown[] | undefined): list is undefined | readonly [] {
  return list === undefined || list.length === 0
}

const reads = ['get', 'list', 'watch']

/**
 * Who changed what, in full; secrets without their content; reads and health checks not at all. A question about
 * somebody's rights changes nothing either.
 */
export const defaultAuditPolicy: AuditPolicy = {
  rules: [
    { level: 'None', verbs: reads },
    { level: 'None', nonResourceURLs: ['*'] },
    {
      level: 'None',
      resources: [
        { group: 'authorization.k8s.io' },
        { group: 'authentication.k8s.io', resources: ['selfsubjectreviews'] },
      ],
    },
    { level: 'None', resources: [{ group: '', resources: ['events'] }, { group: 'coordination.k8s.io' }] },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io' },
      ],
    },
    // The server writes those of threat feeds: long lists that somebody else made, as often as every five minutes.
    {
      level: 'Metadata',
      users: ['system:apiserver'],
      resources: [{ group: 'projectcalico.org', resources: ['globalnetworksets'] }],
    },
    { level: 'RequestResponse' },
  ],
}
