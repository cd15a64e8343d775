/** Which fields does a value set? Source: Kubernetes structured-merge-diff, the field set of an applied object. */
import type { JsonSchema } from '@margay/resources'
import { FieldSet, type PathStep } from './field-set.ts'
import { type Part, shapeOf } from './shape.ts'

export function fieldsOf(value: unknown, schema: JsonSchema | undefined): FieldSet {
  const shape = shapeOf(value, schema)
  if (shape.kind === 'Whole') return FieldSet.leaf
  const children = [...shape.parts].map(([step, part]): [PathStep, FieldSet] => [step, fieldsOfPart(part)])
  return new FieldSet(false, new Map(children.filter(([, child]) => !child.isEmpty)))
}

function fieldsOfPart({ value, schema, isNamedField }: Part): FieldSet {
  const fields = fieldsOf(value, schema)
  return isHollow(value) || !isNamedField ? new FieldSet(true, fields.children) : fields
}

/** Something that was set, and in which there is nothing that could be owned. */
function isHollow(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}
