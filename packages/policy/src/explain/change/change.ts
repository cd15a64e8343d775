/** A change to resources, as a patch that a person can apply. */
import { admit, type Resource } from '@margay/resources'

export type ChangeKind = 'AddRule' | 'RemoveRule' | 'AddPolicy' | 'RemovePolicy' | 'AddLabel' | 'RemoveLabel'

/** One step of a JSON patch. Source: RFC 6902, of which it has what is needed here. */
export type PatchStep =
  | { readonly op: 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** A change to one resource. */
export interface Change {
  readonly kind: ChangeKind
  /** Undefined: the resource is new. */
  readonly before: Resource | undefined
  /** Undefined: the resource goes. */
  readonly after: Resource | undefined
  /** What makes the one of the other; empty for a resource that comes or goes. */
  readonly patch: readonly PatchStep[]
  /** How much is added or taken away, in characters of JSON. */
  readonly size: number
}

/** Undefined where the result would be no valid resource. */
export function patched(kind: ChangeKind, before: Resource, patch: readonly PatchStep[]): Change | undefined {
  const admission = admit(applyPatch(before, patch))
  if (!admission.ok) return undefined
  return { kind, before, after: admission.resource, patch, size: sizeOf(before, patch) }
}

export function removed(before: Resource): Change {
  return { kind: 'RemovePolicy', before, after: undefined, patch: [], size: JSON.stringify(before).length }
}

/** Undefined where it would be no valid resource. */
export function added(value: object): Change | undefined {
  const admission = admit(value)
  if (!admission.ok) return undefined
  return {
    kind: 'AddPolicy',
    before: undefined,
    after: admission.resource,
    patch: [],
    size: JSON.stringify(value).length,
  }
}

/** Both; changes to one resource become one. Undefined where they don't go together. */
export function together(one: Change, other: Change): readonly Change[] | undefined {
  if (one.before === undefined || one.before !== other.before) return [one, other]
  if (one.after === undefined || other.after === undefined) return undefined
  const both = patched(one.kind, one.before, [...one.patch, ...other.patch])
  return both === undefined ? undefined : [both]
}

/** A copy with the steps taken, of plain JSON. @throws TypeError for a path that leads nowhere */
export function applyPatch(value: object, steps: readonly PatchStep[]): object {
  const copy = JSON.parse(JSON.stringify(value)) as object
  for (const step of steps) applyStep(copy, step)
  return copy
}

function applyStep(root: object, step: PatchStep): void {
  const keys = keysOf(step.path)
  const parent = keys.slice(0, -1).reduce<unknown>((at, key) => fieldsOf(at)[key], root)
  const last = keys.at(-1) ?? ''
  if (Array.isArray(parent)) parent.splice(Number(last), ...spliced(step))
  else if (step.op === 'add') fieldsOf(parent)[last] = step.value
  else delete fieldsOf(parent)[last]
}

function spliced(step: PatchStep): [deleted: number, ...added: unknown[]] {
  return step.op === 'add' ? [0, step.value] : [1]
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null)
    throw new TypeError('a patch leads to a field that is not there')
  return value as Record<string, unknown>
}

/** Source: RFC 6901. */
function keysOf(path: string): string[] {
  const keys = path.split('/').slice(1)
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointer(...keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function sizeOf(before: Resource, patch: readonly PatchStep[]): number {
  const sizes = patch.map((step) => {
    const value = step.op === 'add' ? step.value : valueAt(before, step.path)
    return JSON.stringify(value ?? '').length
  })
  return sizes.reduce((sum, size) => sum + size, 0)
}

function valueAt(value: object, path: string): unknown {
  return keysOf(path).reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  )
}
