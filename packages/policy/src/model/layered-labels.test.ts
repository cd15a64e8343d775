import { expect, test } from 'vitest'
import { LayeredLabels } from './layered-labels.ts'

const labels = new LayeredLabels({ app: 'web', empty: '' }, new Map([['pcns.team', 'a']]))

test('it reads as a map of both layers', () => {
  const entries = [
    ['app', 'web'],
    ['empty', ''],
    ['pcns.team', 'a'],
  ]
  expect([...labels]).toEqual(entries)
  expect([...labels.keys()]).toEqual(entries.map(([name]) => name))
  expect([...labels.values()]).toEqual(entries.map(([, value]) => value))
  expect(labels.size).toBe(3)
  const taken: unknown[] = []
  labels.forEach((value, name) => {
    taken.push([name, value])
  })
  expect(taken).toEqual(entries)
})

test.each([
  ['app', 'web'],
  ['empty', ''],
  ['pcns.team', 'a'],
  ['other', undefined],
  ['constructor', undefined],
  ['__proto__', undefined],
  ['toString', undefined],
])('%s is %j', (name, value) => {
  expect(labels.get(name)).toBe(value)
  expect(labels.has(name)).toBe(value !== undefined)
})

test('one of many labels is found, too', () => {
  const names = Array.from({ length: 100 }, (_, i) => `label-${i}`)
  const many = new LayeredLabels(
    Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
    new Map([['pcns.team', 'a']]),
  )
  expect(many.own).toEqual(names.flatMap((name) => [name, `value of ${name}`]))
  for (const name of names) expect(many.get(name)).toBe(`value of ${name}`)
  expect(many.get('pcns.team')).toBe('a')
  expect(many.get('constructor')).toBeUndefined()
  expect(many.has('label-100')).toBe(false)
  expect(many.size).toBe(101)
})

test('what was asked for as a list answers as before', () => {
  const listed = new LayeredLabels({ app: 'web', empty: '' }, new Map([['pcns.team', 'a']]))
  expect(listed.own).toEqual(['app', 'web', 'empty', ''])
  for (const name of ['app', 'empty', 'pcns.team', 'other', 'constructor', '__proto__']) {
    expect(listed.get(name)).toBe(labels.get(name))
  }
})
