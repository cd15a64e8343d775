import { expect, test } from 'vitest'
import { Ids } from './ids.ts'

test('a text keeps its number, and in another process it has the same', () => {
  const [one, other] = [new Ids(1, 0xffff_fffe), new Ids(1, 0xffff_fffe)]
  expect(one.id('a')).toBe(one.id('a'))
  expect(one.id('a')).toBe(other.id('a'))
  expect(one.id('a')).not.toBe(one.id('b'))
})

test('a key has the number of the text that prefix and key are together', () => {
  const [one, other] = [new Ids(1, 0xffff_fffe, '4 '), new Ids(1, 0xffff_fffe)]
  expect(one.id('key')).toBe(other.id('4 key'))
})

test('texts whose hashes collide have numbers of their own, as long as there are any', () => {
  const ids = new Ids(5, 7)
  expect(['a', 'b', 'c'].map((text) => ids.id(text)).sort()).toEqual([5, 6, 7])
  expect(() => ids.id('d')).toThrow('no number is left')
  expect(ids.id('a')).toBeGreaterThanOrEqual(5)
})
