import { expect, test } from 'vitest'
import { Shared } from './shared.ts'

test('equal keys give one object, and others give others', () => {
  const lists = new Shared<readonly string[]>()
  const first = lists.of('a', () => ['a'])
  expect(lists.of('a', () => ['a'])).toBe(first)
  expect(lists.of('b', () => ['b'])).toEqual(['b'])
})

test('no more are known than may be, and those that were forgotten are made again', () => {
  const lists = new Shared<readonly string[]>(2)
  const [first] = ['a', 'b', 'c'].map((key) => lists.of(key, () => [key]))
  const again = lists.of('a', () => ['a'])
  expect(again).toEqual(first)
  expect(again).not.toBe(first)
})

test('what can not be made is not known', () => {
  const lists = new Shared<readonly string[]>()
  const fails = () => {
    throw new RangeError('no')
  }
  expect(() => lists.of('a', fails)).toThrow(RangeError)
  expect(lists.of('a', () => ['a'])).toEqual(['a'])
})
