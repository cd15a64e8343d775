/** Which fields were added, changed and removed between two versions of a value? */
import type { JsonSchema } from '@margay/resources'
import { jsonEquals } from '../json.ts'
import { FieldSet, type PathStep } from './field-set.ts'
import { type Part, type Shape, shapeOf } from './shape.ts'

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

type Change = keyof Comparison

const nothing: Comparison = { added: FieldSet.empty, modified: FieldSet.empty, removed: FieldSet.empty }

/** Undefined stands for absent. A container that came or went counts as a field itself, beside what is in it. */
export function compare(before: unknown, after: unknown, schema: JsonSchema | undefined): Comparison {
  const [left, right] = [shapeOf(before, schema), shapeOf(after, schema)]
  if (isWhole(before, left) && isWhole(after, right)) return compareWhole(before, after)
  const steps = new Set([...partsOf(left).keys(), ...partsOf(right).keys()])
  const children = [...steps].map((step): [PathStep, Comparison] => [
    step,
    compareParts(partsOf(left).get(step), partsOf(right).get(step)),
  ])
  const own = before === undefined ? 'added' : after === undefined ? 'removed' : undefined
  return assemble(own, children)
}

/** A value that is not taken apart, or has nothing in it. */
function isWhole(value: unknown, shape: Shape): boolean {
  return value === undefined || value === null || shape.kind === 'Whole' || shape.parts.size === 0
}

function compareWhole(before: unknown, after: unknown): Comparison {
  if (jsonEquals(before, after)) return nothing
  const change: Change = before === undefined ? 'added' : after === undefined ? 'removed' : 'modified'
  return { ...nothing, [change]: FieldSet.leaf }
}

function compareParts(before: Part | undefined, after: Part | undefined): Comparison {
  return compare(before?.value, after?.value, (after ?? before)?.schema)
}

function assemble(own: Change | undefined, children: readonly [PathStep, Comparison][]): Comparison {
  const collect = (change: Change): FieldSet =>
    new FieldSet(
      own === change,
      new Map(
        children.flatMap(([step, child]) => (child[change].isEmpty ? [] : [[step, child[change]] as const])),
      ),
    )
  return { added: collect('added'), modified: collect('modified'), removed: collect('removed') }
}

function partsOf(shape: Shape): ReadonlyMap<PathStep, Part> {
  return shape.kind === 'Whole' ? new Map() : shape.parts
}
