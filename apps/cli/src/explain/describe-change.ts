/** A proposed change, for people and as a patch that kubectl takes. */
import type { Change, Effect, PatchStep, Proposal } from '@margay/policy'
import { findKind, type Resource } from '@margay/resources'
import { qualifiedName } from '../api/resolve-kinds.ts'
import { describeObject, formatObject } from '../manifests/describe-object.ts'
import type { Origin, Origins } from './origins.ts'

export interface DescribedChange {
  readonly kind: Change['kind']
  /** `add a rule to NetworkPolicy shop/db`. */
  readonly summary: string
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }
  readonly origin: Origin
  /** How it is applied. */
  readonly command: string
  /** A JSON patch (RFC 6902) of what was written; undefined for an object that comes or goes. */
  readonly patch: readonly PatchStep[] | undefined
  /** Of an object that comes. */
  readonly manifest: object | undefined
}

export function describeChange(change: Change, origins: Origins): DescribedChange {
  const { kind, before, after, patch } = change
  const subject = before ?? after
  if (subject === undefined) throw new TypeError('a change of nothing')
  const original = origins.originalOf(subject)
  const located = origins.locatedOf(original)
  const { namespace = '' } = original.metadata
  const object = { ...describeObject(located?.document.value ?? original), namespace }
  const prefix = prefixOf(located?.pathOf('metadata.labels') ?? '')
  const steps = patch.map((step) => ({ ...step, path: prefix + step.path }))
  return {
    kind,
    summary: summaryOf(change, formatObject(object)),
    object,
    origin: before === undefined ? {} : origins.of(subject),
    command: commandOf(change, object),
    patch: steps.length === 0 ? undefined : steps,
    manifest: before === undefined && after !== undefined ? manifestOf(after) : undefined,
  }
}

/** Of a workload's pod: where in the workload the pod stands. */
function prefixOf(path: string): string {
  return path
    .replace(/\.?metadata\.labels$/, '')
    .replace(/^(?=.)/, '/')
    .replaceAll('.', '/')
}

function manifestOf({ apiVersion, kind, metadata, ...rest }: Resource): object {
  const { name, namespace } = metadata
  return { apiVersion, kind, metadata: { name, namespace }, ...rest }
}

function summaryOf({ kind, patch }: Change, name: string): string {
  const last = lastKey(patch[0]?.path ?? '')
  switch (kind) {
    case 'AddRule':
      return `add a rule to ${name}`
    case 'RemoveRule':
      return `remove rule ${last} of ${name}`
    case 'AddPolicy':
      return `add ${name}`
    case 'RemovePolicy':
      return `remove ${name}`
    case 'AddLabel':
      return `put the label ${labelsOf(patch)} on ${name}`
    case 'RemoveLabel':
      return `take the label ${last} off ${name}`
  }
}

/** `a=b, c=d`. */
function labelsOf(patch: readonly PatchStep[]): string {
  const labels = patch.flatMap((step): [string, unknown][] => {
    if (step.op !== 'add') return []
    if (typeof step.value === 'object' && step.value !== null) return Object.entries(step.value)
    return [[lastKey(step.path), step.value]]
  })
  return labels.map(([name, value]) => `${name}=${value}`).join(', ')
}

/** Source: RFC 6901. */
function lastKey(path: string): string {
  return (path.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}

function commandOf(
  { before, after }: Change,
  { apiVersion, kind, namespace, name }: DescribedChange['object'],
): string {
  const known = findKind(apiVersion, kind)
  const type = known === undefined ? kind.toLowerCase() : qualifiedName(known)
  const place = namespace === '' ? `${type} ${name}` : `${type} ${name} -n ${namespace}`
  if (before === undefined) return 'kubectl apply -f FILE'
  return after === undefined
    ? `kubectl delete ${place}`
    : `kubectl patch ${place} --type json --patch-file FILE`
}

/** What it does to others at the same port, and whether it has effects at other ports. */
export function describeEffect({ others, elsewhere, isComplete }: Effect): string {
  const least = isComplete ? '' : 'at least '
  const here =
    others === 0
      ? 'no other connection at this port'
      : `${least}${others} other ${others === 1 ? 'connection' : 'connections'} at this port`
  return elsewhere === 0 ? `changes ${here}` : `changes ${here}, and some at other ports`
}

export function describeProposal({ changes, effect }: Proposal, origins: Origins) {
  return { effect, changes: changes.map((it) => describeChange(it, origins)) }
}
