import { describe, expect, test } from 'vitest'
import type { MergeTable } from './merge-keys.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const table: MergeTable = {
  finalizers: {},
  items: { mergeKey: 'name' },
  'items.ports': { mergeKey: 'port' },
  'spec.volumes': { mergeKey: 'name', retainKeys: true },
}
const apply = (target: unknown, patch: unknown): unknown => {
  const before = structuredClone([target, patch])
  const result = applyStrategicMergePatch(target, patch, table)
  expect([target, patch]).toEqual(before)
  return result
}

describe('maps', () => {
  test.each([
    ['merge field by field', { a: 1, m: { x: 1 } }, { m: { y: 2 } }, { a: 1, m: { x: 1, y: 2 } }],
    ['null removes', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['null inside something new is dropped', {}, { m: { a: null, b: 1 } }, { m: { b: 1 } }],
    ['$patch: replace', { m: { x: 1, y: 2 } }, { m: { $patch: 'replace', z: 3 } }, { m: { z: 3 } }],
    ['$patch: delete', { m: { x: 1 } }, { m: { $patch: 'delete' } }, { m: {} }],
    ['$patch: merge', { m: { x: 1 } }, { m: { $patch: 'merge', y: 2 } }, { m: { x: 1, y: 2 } }],
    ['$retainKeys', { m: { x: 1, y: 2 } }, { m: { $retainKeys: ['y', 'z'], z: 3 } }, { m: { y: 2, z: 3 } }],
    ['a scalar replaces a map', { m: { x: 1 } }, { m: 5 }, { m: 5 }],
    ['a map replaces a scalar', { m: 5 }, { m: { x: 1 } }, { m: { x: 1 } }],
  ])('%s', (_name, target, patch, want) => expect(apply(target, patch)).toEqual(want))
})

describe('lists', () => {
  const two = {
    items: [
      { name: 'a', v: 1 },
      { name: 'b', v: 2 },
    ],
  }
  test.each([
    ['without a strategy are replaced', { list: [1, 2] }, { list: [3] }, { list: [3] }],
    [
      'merge by key',
      two,
      { items: [{ name: 'b', w: 3 }] },
      {
        items: [
          { name: 'a', v: 1 },
          { name: 'b', v: 2, w: 3 },
        ],
      },
    ],
    [
      'get new items in front, where the patch does not say where',
      two,
      { items: [{ name: 'c' }] },
      { items: [{ name: 'c' }, ...two.items] },
    ],
    [
      'lose items by $patch: delete',
      two,
      { items: [{ name: 'a', $patch: 'delete' }] },
      { items: [{ name: 'b', v: 2 }] },
    ],
    [
      'are replaced by $patch: replace',
      two,
      { items: [{ name: 'c' }, { $patch: 'replace' }] },
      { items: [{ name: 'c' }] },
    ],
    ['are emptied by $patch: replace alone', two, { items: [{ $patch: 'replace' }] }, { items: [] }],
    ['are made where there was none', {}, { items: [{ name: 'c', x: null }] }, { items: [{ name: 'c' }] }],
    [
      'merge inside items',
      { items: [{ name: 'a', ports: [{ port: 1 }, { port: 2 }] }] },
      {
        items: [
          {
            name: 'a',
            ports: [
              { port: 2, x: 1 },
              { port: 1, $patch: 'delete' },
            ],
          },
        ],
      },
      { items: [{ name: 'a', ports: [{ port: 2, x: 1 }] }] },
    ],
    [
      'of values merge as sets',
      { finalizers: ['a', 'b'] },
      { finalizers: ['b', 'c'] },
      { finalizers: ['a', 'b', 'c'] },
    ],
    [
      'of values lose values',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    [
      'stay when nothing is to be taken out',
      { finalizers: ['a'] },
      { '$deleteFromPrimitiveList/finalizers': [] },
      { finalizers: ['a'] },
    ],
    ['are not made by a removal', {}, { '$deleteFromPrimitiveList/finalizers': ['a'] }, {}],
    [
      'keep only retained keys of an item',
      { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: 's' }] } },
      { spec: { volumes: [{ name: 'v', secret: 's' }] } },
    ],
  ])('%s', (_name, target, patch, want) => expect(apply(target, patch)).toEqual(want))
})

describe('$setElementOrder', () => {
  const names = (result: unknown): unknown =>
    JSON.parse(JSON.stringify(result)).items.map((i: { name: string }) => i.name)
  const items = (...list: string[]) => list.map((name) => ({ name }))
  test.each([
    ['orders what it lists', 'abc', 'cab', [], 'cab'],
    ['puts new items where it says', 'ab', 'acb', ['c'], 'acb'],
    ['leaves others before the item they stood before', 'xabc', 'cba', [], 'xcba'],
    ['leaves others behind the item they stood behind', 'abx', 'ba', [], 'bax'],
    ['keeps all when nothing else changes', 'abcd', 'bd', [], 'abcd'],
  ])('%s', (_name, before, order, added, want) => {
    const patch = { items: items(...added), '$setElementOrder/items': items(...order) }
    expect(names(apply({ items: items(...before) }, patch))).toEqual([...want])
  })

  test('orders values too', () => {
    const patch = { '$setElementOrder/finalizers': ['c', 'a'], finalizers: ['c'] }
    expect(apply({ finalizers: ['a', 'b'] }, patch)).toEqual({ finalizers: ['c', 'a', 'b'] })
  })
})

test.each([
  ['an unknown directive', { m: { $patch: 'explode' } }, /\$patch is "explode"/],
  ['an item without its key', { items: [{ v: 1 }] }, /lacks the merge key name/],
  ['an item that is no object', { items: ['a'] }, /not an object/],
  ['$retainKeys without a field that it sets', { m: { $retainKeys: ['x'], y: 1 } }, /leaves out y/],
  ['a removal that is no list', { '$deleteFromPrimitiveList/finalizers': 'a' }, /is not a list/],
  ['a patch that is no object', [], /is an object/],
])('refuses %s', (_name, patch, message) => {
  expect(() => applyStrategicMergePatch({ m: { x: 1 } }, patch, table)).toThrow(message)
})
