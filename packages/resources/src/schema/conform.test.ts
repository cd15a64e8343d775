import { describe, expect, test } from 'vitest'
import { conform } from './conform.ts'
import type { JsonSchema } from './json-schema.ts'

const issueOf = (schema: JsonSchema, value: unknown) => {
  const { issues } = conform({ type: 'object', properties: { at: schema } }, { at: value })
  return issues.map(({ path, reason }) => `${path} ${reason}`)
}

describe.each<{ name: string; schema: JsonSchema; accepts: unknown[]; rejects: [unknown, string][] }>([
  {
    name: 'string',
    schema: { type: 'string' },
    accepts: ['', 'a'],
    rejects: [
      [1, 'at FieldValueTypeInvalid'],
      [{}, 'at FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'integer',
    schema: { type: 'integer' },
    accepts: [0, -5],
    rejects: [
      [1.5, 'at FieldValueTypeInvalid'],
      ['1', 'at FieldValueTypeInvalid'],
      [2 ** 60, 'at FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'int32',
    schema: { type: 'integer', format: 'int32' },
    accepts: [2 ** 31 - 1],
    rejects: [[2 ** 31, 'at FieldValueInvalid']],
  },
  {
    name: 'number',
    schema: { type: 'number' },
    accepts: [1.5, -0],
    rejects: [[Number.NaN, 'at FieldValueTypeInvalid']],
  },
  {
    name: 'boolean',
    schema: { type: 'boolean' },
    accepts: [true, false],
    rejects: [
      ['true', 'at FieldValueTypeInvalid'],
      [0, 'at FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'minimum',
    schema: { type: 'integer', minimum: 1 },
    accepts: [1],
    rejects: [[0, 'at FieldValueInvalid']],
  },
  {
    name: 'maximum',
    schema: { type: 'integer', maximum: 1 },
    accepts: [1],
    rejects: [[2, 'at FieldValueInvalid']],
  },
  {
    name: 'enum',
    schema: { type: 'string', enum: ['a', 'b'] },
    accepts: ['a'],
    rejects: [['A', 'at FieldValueNotSupported']],
  },
  {
    name: 'length',
    schema: { type: 'string', minLength: 2, maxLength: 3 },
    accepts: ['ab', '😀😀😀'],
    rejects: [
      ['a', 'at FieldValueInvalid'],
      ['abcd', 'at FieldValueTooLong'],
    ],
  },
  {
    name: 'pattern',
    schema: { type: 'string', pattern: '^a' },
    accepts: ['ab'],
    rejects: [['b', 'at FieldValueInvalid']],
  },
  {
    name: 'date-time',
    schema: { type: 'string', format: 'date-time' },
    accepts: ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.5+01:00'],
    rejects: [
      ['2026-01-31', 'at FieldValueInvalid'],
      ['2026-13-31T12:00:00Z', 'at FieldValueInvalid'],
    ],
  },
  {
    name: 'int-or-string',
    schema: { 'x-kubernetes-int-or-string': true },
    accepts: [1, 'a'],
    rejects: [
      [1.5, 'at FieldValueTypeInvalid'],
      [true, 'at FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'list',
    schema: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
    accepts: [['a', 'a']],
    rejects: [
      ['a', 'at FieldValueTypeInvalid'],
      [[], 'at FieldValueInvalid'],
      [['a', 'b', 'c'], 'at FieldValueTooMany'],
      [[null], 'at[0] FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'set',
    schema: { type: 'array', items: { 'x-kubernetes-int-or-string': true }, 'x-kubernetes-list-type': 'set' },
    accepts: [[1, '1', 2]],
    rejects: [[[1, 1], 'at[1] FieldValueDuplicate']],
  },
  {
    name: 'list map',
    schema: {
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
    accepts: [[{ k: 'a' }, { k: 'b' }]],
    rejects: [[[{ k: 'a' }, { k: 'a' }], 'at[1] FieldValueDuplicate']],
  },
  {
    name: 'map',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    accepts: [{ a: 'b' }],
    rejects: [
      [{ a: 1 }, 'at.a FieldValueTypeInvalid'],
      [{ 'a/b': 1 }, 'at[a/b] FieldValueTypeInvalid'],
    ],
  },
  {
    name: 'required',
    schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    accepts: [{ a: '' }],
    rejects: [
      [{}, 'at.a FieldValueRequired'],
      [{ a: null }, 'at.a FieldValueRequired'],
    ],
  },
  {
    name: 'number of fields',
    schema: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      minProperties: 1,
      maxProperties: 1,
    },
    accepts: [{ a: '' }],
    rejects: [
      [{}, 'at FieldValueInvalid'],
      [{ a: '', b: '' }, 'at FieldValueInvalid'],
    ],
  },
])('$name', ({ schema, accepts, rejects }) => {
  test.each(accepts.map((value) => [value]))('accepts %j', (value) =>
    expect(issueOf(schema, value)).toEqual([]),
  )
  test.each(rejects)('rejects %j: %s', (value, issue) => expect(issueOf(schema, value)).toEqual([issue]))
})

test('defaults are filled in, also inside of defaults', () => {
  const inner: JsonSchema = {
    type: 'object',
    default: {},
    properties: { b: { type: 'integer', default: 5 } },
  }
  expect(conform({ type: 'object', properties: { a: inner } }, {}).value).toEqual({ a: { b: 5 } })
})

test('a default is not shared between two objects', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'string' }, default: [] } },
  }
  const [first, second] = [conform(schema, {}).value, conform(schema, {}).value] as { a: string[] }[]
  first?.a.push('x')
  expect(second?.a).toEqual([])
})

test('what is refused keeps its place in a list, with the right shape', () => {
  const item: JsonSchema = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string', enum: ['x'] } },
    required: ['a', 'b'],
  }
  expect(conform({ type: 'array', items: item }, [1, { a: 'A', b: 'x' }]).value).toEqual([
    { a: '', b: 'x' },
    { a: 'A', b: 'x' },
  ])
})

test('unknown fields are told apart from other issues', () => {
  const { value, issues, unknownFields } = conform({ type: 'object', properties: {} }, { a: 1 })
  expect({ value, issues, unknownFields: unknownFields.map(({ path }) => path) }).toEqual({
    value: {},
    issues: [],
    unknownFields: ['a'],
  })
})
