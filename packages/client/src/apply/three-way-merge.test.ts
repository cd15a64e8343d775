import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { threeWayMergePatch } from './three-way-merge.ts'

interface Case {
  readonly original: JsonObject
  readonly modified: JsonObject
  readonly current: JsonObject
  readonly patch: JsonObject
}

const cases: Record<string, Case> = {
  'nothing to do': { original: { a: 1 }, modified: { a: 1 }, current: { a: 1, b: 2 }, patch: {} },
  'a new field': { original: {}, modified: { a: 1 }, current: {}, patch: { a: 1 } },
  'a field that somebody changed': {
    original: { a: 1 },
    modified: { a: 1 },
    current: { a: 2 },
    patch: { a: 1 },
  },
  'a field no longer wanted': { original: { a: 1 }, modified: {}, current: { a: 5 }, patch: { a: null } },
  'a field no longer wanted that is gone already': {
    original: { a: 1 },
    modified: {},
    current: {},
    patch: {},
  },
  'a field of another author': { original: {}, modified: {}, current: { a: 1 }, patch: {} },
  'a field deep within': {
    original: { spec: { a: 1, b: 1 } },
    modified: { spec: { a: 1 } },
    current: { spec: { a: 1, b: 1, c: 1 } },
    patch: { spec: { b: null } },
  },
  'a list is replaced whole': {
    original: { l: [1, 2] },
    modified: { l: [1] },
    current: { l: [1, 2, 3] },
    patch: { l: [1] },
  },
  'a list that differs in the order of fields only': {
    original: {},
    modified: { l: [{ a: 1, b: 2 }] },
    current: { l: [{ b: 2, a: 1 }] },
    patch: {},
  },
  'an object where a text stood': {
    original: {},
    modified: { a: { b: 1 } },
    current: { a: 'x' },
    patch: { a: { b: 1 } },
  },
  'a text where an object stood': {
    original: {},
    modified: { a: 'x' },
    current: { a: { b: 1 } },
    patch: { a: 'x' },
  },
  'a null asks for absence': { original: {}, modified: { a: null }, current: { a: 1 }, patch: { a: null } },
  'a null for what is absent': {
    original: {},
    modified: { a: null, b: { c: null, d: 1 } },
    current: {},
    patch: { b: { d: 1 } },
  },
}

test.each(Object.entries(cases))('%s', (_name, { original, modified, current, patch }) => {
  expect(threeWayMergePatch(original, modified, current)).toEqual(patch)
})
