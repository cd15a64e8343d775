import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DomainIndex } from './domain-index.ts'
import { canonicalDomain, type DomainPattern, matchesDomain, parseDomainPattern } from './domain-pattern.ts'

const pattern = (text: string) => parseDomainPattern(text) as DomainPattern
const isMatch = (text: string, name: string) => matchesDomain(pattern(text), name)

test('a name means itself alone', () => {
  expect(isMatch('google.com', 'google.com')).toBe(true)
  expect(isMatch('google.com', 'www.google.com')).toBe(false)
  expect(isMatch('Google.COM', canonicalDomain('gOOgle.com.'))).toBe(true)
})

test('a wildcard stands for one or more whole labels, wherever it is', () => {
  for (const [text, name, expected] of [
    ['*.google.com', 'www.google.com', true],
    ['*.google.com', 'a.b.google.com', true],
    ['*.google.com', 'google.com', false],
    ['*.google.com', 'evilgoogle.com', false],
    ['www.*.com', 'www.a.b.com', true],
    ['www.*.com', 'www.com', false],
    ['www.google.*', 'www.google.co.uk', true],
    ['update.*.corp.com', 'update.corp.com', false],
    ['update.*.corp.com', 'update.eu.corp.com', true],
    ['*', 'com', true],
  ] as const)
    expect(isMatch(text, name), `${text} ${name}`).toBe(expected)
})

test('what is no pattern', () => {
  const long = `${'a'.repeat(63)}.`.repeat(4)
  for (const text of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '*.*.com',
    'www.g*',
    '-a.com',
    'a-.com',
    'ä.com',
    'a b',
    long,
    `${'a'.repeat(64)}.com`,
  ])
    expect(parseDomainPattern(text), text).toBeUndefined()
  expect(parseDomainPattern('_sip._tcp.example.com')).toBeDefined()
})

const labels = fc.array(fc.constantFrom<string>('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
const patterns = fc.oneof(
  labels.map((it) => it.join('.')),
  fc.tuple(labels, fc.nat(4)).map(([it, at]) => it.toSpliced(Math.min(at, it.length), 0, '*').join('.')),
)

test('an index finds just those that match, each once, also after some have gone', () => {
  fc.assert(
    fc.property(fc.array(patterns), fc.array(patterns), labels, (texts, goneTexts, it) => {
      const name = it.join('.')
      const index = new DomainIndex(texts.map(pattern))
      const matching = (among: readonly string[]) =>
        [...new Set(among)].filter((text) => matchesDomain(pattern(text), name)).toSorted()
      const found = () =>
        index
          .matching(name)
          .map(({ text }) => text)
          .toSorted()
      expect(found()).toEqual(matching(texts))
      for (const text of goneTexts) index.delete(pattern(text))
      expect(found()).toEqual(matching(texts.filter((text) => !goneTexts.includes(text))))
    }),
  )
})
