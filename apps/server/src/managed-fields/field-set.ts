/**
 * Sets of field paths, and their form in `metadata.managedFields`.
 *
 * A step of a path is written as FieldsV1 writes it: `f:name` for a field, `k:{"name":"web"}` for the item of a list that
 * has these keys, `v:"x"` for an item of a set. Source: Kubernetes API, meta/v1 FieldsV1.
 */
import { isObject, type JsonObject } from '../json.ts'

export type PathStep = string
export type FieldPath = readonly PathStep[]

/** Immutable. A node stands for its own path, if it is a member, and for the paths below it. */
export class FieldSet {
  static readonly empty = new FieldSet(false, new Map())
  static readonly leaf = new FieldSet(true, new Map())

  readonly isMember: boolean
  readonly children: ReadonlyMap<PathStep, FieldSet>

  constructor(isMember: boolean, children: ReadonlyMap<PathStep, FieldSet>) {
    this.isMember = isMember
    this.children = children
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0
  }

  child(step: PathStep): FieldSet {
    return this.children.get(step) ?? FieldSet.empty
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    return this.#combine(other, other.children.keys(), this.isMember || other.isMember, (a, b) => a.union(b))
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, [], this.isMember && other.isMember, (a, b) => a.intersection(b))
  }

  /** The paths of this set that are not in the other one; paths below a path of the other stay. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    return this.#combine(other, [], this.isMember && !other.isMember, (a, b) => a.difference(b))
  }

  /** Without a path and all that is below it. */
  without(path: FieldPath): FieldSet {
    const [step, ...rest] = path
    if (step === undefined) return FieldSet.empty
    if (!this.children.has(step)) return this
    const children = new Map(this.children)
    const left = this.child(step).without(rest)
    if (left.isEmpty) children.delete(step)
    else children.set(step, left)
    return new FieldSet(this.isMember, children)
  }

  equals(other: FieldSet): boolean {
    if (this.isMember !== other.isMember || this.children.size !== other.children.size) return false
    return [...this.children].every(([step, child]) => other.children.get(step)?.equals(child) === true)
  }

  /** Every path, in order. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    if (this.isMember) yield prefix
    for (const [step, child] of sorted(this.children)) yield* child.paths([...prefix, step])
  }

  #combine(
    other: FieldSet,
    moreSteps: Iterable<PathStep>,
    isMember: boolean,
    combine: (a: FieldSet, b: FieldSet) => FieldSet,
  ): FieldSet {
    const children = new Map<PathStep, FieldSet>()
    for (const step of new Set([...this.children.keys(), ...moreSteps])) {
      const child = combine(this.child(step), other.child(step))
      if (!child.isEmpty) children.set(step, child)
    }
    return new FieldSet(isMember, children)
  }
}

/** A set with one path. */
export function only(path: FieldPath): FieldSet {
  const [step, ...rest] = path
  return step === undefined ? FieldSet.leaf : new FieldSet(false, new Map([[step, only(rest)]]))
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const entries = sorted(set.children).map(([step, child]): [string, unknown] => {
    const own = child.isMember && child.children.size > 0 ? { '.': {} } : {}
    return [step, { ...own, ...toFieldsV1(child) }]
  })
  return Object.fromEntries(entries)
}

/** What is no FieldsV1 is an empty set: a client may send anything. */
export function fromFieldsV1(value: unknown): FieldSet {
  if (!isObject(value)) return FieldSet.empty
  const children = Object.entries(value).flatMap(([step, below]): [PathStep, FieldSet][] => {
    if (step === '.' || !isObject(below)) return []
    const child = fromFieldsV1(below)
    const isMember = Object.hasOwn(below, '.') || child.children.size === 0
    return [[step, new FieldSet(isMember, child.children)]]
  })
  return new FieldSet(false, new Map(children))
}

/** `.spec.rules[name="web"].action`, as an error names it. */
export function formatPath(path: FieldPath): string {
  return path.map(formatStep).join('')
}

function formatStep(step: PathStep): string {
  const text = step.slice(2)
  if (step.startsWith('f:')) return `.${text}`
  if (step.startsWith('v:')) return `[=${text}]`
  const keys = Object.entries(JSON.parse(text) as JsonObject)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}

function sorted(children: ReadonlyMap<PathStep, FieldSet>): [PathStep, FieldSet][] {
  return [...children].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
