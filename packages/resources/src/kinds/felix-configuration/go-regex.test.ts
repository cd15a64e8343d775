import { expect, test } from 'vitest'
import { isGoRegex } from './go-regex.ts'

test.each([
  '',
  'eth.*',
  '^(a|b)+$',
  '(?i)policy',
  '(?i:a)b',
  '(?P<name>x)\\d',
  '\\Aa\\z',
  '[[:alpha:]]',
  '\\\\1',
  'a{2,3}?',
])('%s is an expression of Go', (text) => expect(isGoRegex(text)).toBe(true))

test.each(['*', '(', '[a', 'a(?=b)', '(?<!a)b', '(a)\\1', '(?P<1>a)', 'a**'])('%s is not', (text) =>
  expect(isGoRegex(text)).toBe(false),
)
