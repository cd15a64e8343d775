import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from '../testing/fake-api-server.ts'
import { equalJson, fieldOf, isJsonObject, type Json, type JsonObject } from './json.ts'
import { threeWayMergePatch } from './three-way-merge.ts'

/** Few names and values, so that the three objects have much in common; no nulls, which a patch can't store. */
const { object } = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(1, 2, 'x', true),
    fc.array(fc.constantFrom<Json>(1, 2), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), { maxKeys: 4 }),
}))

const apply = (original: JsonObject, modified: JsonObject, current: JsonObject) =>
  mergePatch(current, threeWayMergePatch(original, modified, current)) as JsonObject

test('every field that is wanted has its value afterwards', () => {
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      expectContains(apply(original, modified, current), modified)
    }),
  )
})

test('what was applied before and is no longer wanted is gone', () => {
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      const result = apply(original, modified, current)
      for (const field of Object.keys(original)) {
        if (!Object.hasOwn(modified, field)) expect(Object.hasOwn(result, field)).toBe(false)
      }
    }),
  )
})

test('what others have added stays as it was', () => {
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      const result = apply(original, modified, current)
      for (const [field, own] of Object.entries(current)) {
        if (Object.hasOwn(original, field) || Object.hasOwn(modified, field)) continue
        expect(equalJson(fieldOf(result, field), own)).toBe(true)
      }
    }),
  )
})

test('applying the same again changes nothing', () => {
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      expect(threeWayMergePatch(modified, modified, apply(original, modified, current))).toEqual({})
    }),
  )
})

function expectContains(whole: Json | undefined, part: JsonObject): void {
  if (!isJsonObject(whole)) throw new TypeError('not an object')
  for (const [field, own] of Object.entries(part)) {
    if (isJsonObject(own)) expectContains(fieldOf(whole, field), own)
    else expect(equalJson(fieldOf(whole, field), own)).toBe(true)
  }
}
