import { expect, test } from 'vitest'
import { ApiError } from '../status/api-error.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'

// The example table of RFC 7386, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge patch: %j with %j is %j', (target, patch, want) => {
  const before = structuredClone(target)
  expect(applyMergePatch(target, patch)).toEqual(want)
  expect(target).toEqual(before)
})

test('JSON patch applies its operations in order, on a copy', () => {
  const target = { spec: { order: 1, list: ['a'] } }
  const patched = applyJsonPatch(target, [
    { op: 'test', path: '/spec/order', value: 1 },
    { op: 'replace', path: '/spec/order', value: 2 },
    { op: 'add', path: '/spec/list/-', value: 'b' },
    { op: 'copy', from: '/spec/list', path: '/spec/copy' },
    { op: 'remove', path: '/spec/list/0' },
    { op: 'move', from: '/spec/copy', path: '/spec/moved' },
  ])
  expect(patched).toEqual({ spec: { order: 2, list: ['b'], moved: ['a', 'b'] } })
  expect(target).toEqual({ spec: { order: 1, list: ['a'] } })
})

test.each([
  ['an object', { op: 'add' }, 400],
  ['a number in it', [1], 400],
  ['an unknown op', [{ op: '_get', path: '/a', value: 1 }], 400],
  ['no path', [{ op: 'remove' }], 400],
  ['a path that is no pointer', [{ op: 'remove', path: 'a' }], 400],
  ['no value', [{ op: 'add', path: '/a' }], 400],
  ['no from', [{ op: 'move', path: '/a' }], 400],
  ['a failing test', [{ op: 'test', path: '/a', value: 2 }], 422],
  ['removing what is not there', [{ op: 'remove', path: '/b' }], 422],
  ['a path through nothing', [{ op: 'add', path: '/x/y/z', value: 1 }], 422],
  ['the prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], 422],
  ['the constructor', [{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }], 422],
  ['too many operations', Array(10_001).fill({ op: 'test', path: '/a', value: 1 }), 413],
])('JSON patch refuses %s', (_name, patch, code) => {
  const error = caught(() => applyJsonPatch({ a: 1 }, patch))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ code })
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})

test('JSON patch: copies that double each time are stopped', () => {
  const patch = Array.from({ length: 40 }, (_, n) => ({ op: 'copy', from: '', path: `/c${n}` }))
  expect(caught(() => applyJsonPatch({ a: 'x'.repeat(1000) }, patch))).toMatchObject({ code: 413 })
})

function caught(body: () => unknown): unknown {
  try {
    return body()
  } catch (error) {
    return error
  }
}
