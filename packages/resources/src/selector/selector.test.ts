import { expect, test } from 'vitest'
import { compareUtf8 } from './compare-utf8.ts'
import { formatSelector } from './format-selector.ts'
import { matchesSelector } from './match-selector.ts'
import { parseSelector } from './parse-selector.ts'
import { mapLabels, replaceNode } from './rewrite-selector.ts'
import { all, and, equals, has, isIn, isNotIn, not, or } from './selector.ts'
import { SelectorError } from './selector-error.ts'

test.each([
  ['', 'all()'],
  [' \t ', 'all()'],
  ['all( )', 'all()'],
  ['global(\t)', 'global()'],
  ['has( app )', 'has(app)'],
  ['app=="web"', 'app == "web"'],
  ["app == 'web'", 'app == "web"'],
  [`app == 'say "hi"'`, `app == 'say "hi"'`],
  ['app!=""', 'app != ""'],
  ['app contains"w"', 'app contains "w"'],
  ['app startswith "w"', 'app starts with "w"'],
  ['app ends \t with "w"', 'app ends with "w"'],
  ['app in{"b","a","b",}', 'app in {"a", "b"}'],
  ['app in {}', 'app in {}'],
  ['app notin { "a" }', 'app not in {"a"}'],
  ['app not in {"\uffff", "😀", "a"}', 'app not in {"a", "\uffff", "😀"}'],
  ['((has(a)))', 'has(a)'],
  ['!has(a)', '!has(a)'],
  ['!! ! has(a)', '!has(a)'],
  ['!(!has(a))', 'has(a)'],
  ['has(a)&&has(b)||has(c)', '((has(a) && has(b)) || has(c))'],
  ['has(a)||has(b)&&has(c)', '(has(a) || (has(b) && has(c)))'],
  ['has(a) && has(b) && has(c)', '(has(a) && has(b) && has(c))'],
  ['(has(a) && has(b)) && has(c)', '((has(a) && has(b)) && has(c))'],
  ['!has(a) && has(b)', '(!has(a) && has(b))'],
  ['!(has(a) && has(b))', '!(has(a) && has(b))'],
  ['!app == "a" && has(b)', '(!app == "a" && has(b))'],
  ['in in {"in"}', 'in in {"in"}'],
  ['all == "x" && has(has) && not not in {"x"}', '(all == "x" && has(has) && not not in {"x"})'],
  ['_a.b/c-d == "x"', '_a.b/c-d == "x"'],
  [`${'a'.repeat(512)} == "x"`, `${'a'.repeat(512)} == "x"`],
])('%j is %s', (text, canonical) => {
  expect(formatSelector(parseSelector(text))).toBe(canonical)
})

test.each([
  ['has(', 4, 'a label name'],
  ['has()', 4, 'a label name'],
  ['has(a', 5, 'a closing parenthesis'],
  ['has(a b)', 6, 'a closing parenthesis'],
  ['has (a)', 4, 'an operator'],
  ['all(', 4, 'a closing parenthesis'],
  ['all(a)', 4, 'a closing parenthesis'],
  ['global', 6, 'an operator'],
  ['app', 3, 'an operator'],
  ['app = "a"', 4, 'an operator'],
  ['app inside {"a"}', 4, 'an operator'],
  ['app squiggles "a"', 4, 'an operator'],
  ['app == web', 7, 'a value in quotes'],
  ['app == 5', 7, 'a value in quotes'],
  ['app == "web', 11, 'a closing "'],
  ["app == 'web", 11, "a closing '"],
  ['app == {"a"}', 7, 'a value in quotes'],
  ['app in "a"', 7, 'a set of values'],
  ['app in {"a" "b"}', 12, '"," or "}"'],
  ['app in {,}', 8, 'a value in quotes or "}"'],
  ['app in {"a",,}', 12, 'a value in quotes'],
  ['app in {"a"', 11, '"," or "}"'],
  ['"a" == app', 0, 'a label'],
  ['()', 1, 'a label'],
  ['(has(a)', 7, 'a closing parenthesis'],
  ['has(a))', 6, 'the end of the selector'],
  ['has(a) has(b)', 7, 'the end of the selector'],
  ['has(a) & has(b)', 7, '"&&"'],
  ['has(a) | has(b)', 7, '"||"'],
  ['has(a) &&', 9, 'a label'],
  ['&& has(a)', 0, 'a label'],
  ['!', 1, 'a label'],
  ['has(a)\n&& has(b)', 6, 'a label'],
  ['app\u00a0== "a"', 3, 'an operator'],
  ['foo(a)', 0, 'a label'],
  ['ünder == "a"', 0, 'a label'],
  [`has(a) && ${'b'.repeat(513)} == "x"`, 10, 'at most 512 characters'],
  [`has(${'b'.repeat(513)})`, 0, 'at most 512 characters'],
  [`${'('.repeat(600)}has(a)${')'.repeat(600)}`, 512, 'nested parentheses'],
])('%j fails at %i: expected %s', (text, position, expected) => {
  const error = errorOf(() => parseSelector(text))
  expect(error.position).toBe(position)
  expect(error.expected).toContain(expected)
  expect(error.selector).toBe(text)
  expect(error.message).toContain(`expected ${error.expected} at position ${position}`)
  expect(error.message).not.toContain('\n')
})

test('an error shows the place, and cuts a long selector on both sides', () => {
  expect(errorOf(() => parseSelector('app == web')).message).toBe(
    'invalid selector: expected a value in quotes at position 7, before `web` in `app == web`',
  )
  const long = `${'has(a) && '.repeat(20)}app = "x" && ${'has(b) && '.repeat(20)}`
  const { message } = errorOf(() => parseSelector(long))
  expect(message).toContain('before `= "x" && has(b)')
  expect(message.length).toBeLessThan(280)
})

test('parentheses as deep as a selector of 1,024 characters can hold are read', () => {
  const text = `${'('.repeat(508)}has(a)${')'.repeat(508)}`
  expect(formatSelector(parseSelector(text))).toBe('has(a)')
})

test.each([
  ['k == "v"', { present: true, other: false, absent: false }],
  ['k != "v"', { present: false, other: true, absent: true }],
  ['k in {"v", "x"}', { present: true, other: false, absent: false }],
  ['k not in {"v", "x"}', { present: false, other: true, absent: true }],
  ['k in {}', { present: false, other: false, absent: false }],
  ['k not in {}', { present: true, other: true, absent: true }],
  ['has(k)', { present: true, other: true, absent: false }],
  ['!has(k)', { present: false, other: false, absent: true }],
  ['k contains "v"', { present: true, other: true, absent: false }],
  ['k starts with "v"', { present: true, other: false, absent: false }],
  ['k ends with "v"', { present: true, other: true, absent: false }],
  ['!(k contains "v")', { present: false, other: false, absent: true }],
  ['all()', { present: true, other: true, absent: true }],
  ['global()', { present: true, other: true, absent: true }],
  ['', { present: true, other: true, absent: true }],
])('%j on a label that is "v", is "wv", is absent: %o', (text, want) => {
  const selector = parseSelector(text)
  const matches = (value: string | undefined) =>
    matchesSelector(selector, (name) => (name === 'k' ? value : undefined))
  expect({ present: matches('v'), other: matches('wv'), absent: matches(undefined) }).toEqual(want)
})

test('values are compared exactly, case and all', () => {
  expect(matchesSelector(equals('k', 'V'), () => 'v')).toBe(false)
})

test('an empty label value is present', () => {
  expect(matchesSelector(parseSelector('has(k) && k == ""'), () => '')).toBe(true)
})

test.each([
  [all(), 'all()'],
  [and(), 'all()'],
  [or(), '!all()'],
  [and(has('a')), 'has(a)'],
  [or(has('a')), 'has(a)'],
  [and(has('a'), or(has('b'), equals('c', 'd'))), '(has(a) && (has(b) || c == "d"))'],
  [not(not(has('a'))), 'has(a)'],
  [not(and(has('a'), has('b'))), '!(has(a) && has(b))'],
  [isIn('a', ['y', 'x', 'y']), 'a in {"x", "y"}'],
  [isNotIn('a', new Set(['x'])), 'a not in {"x"}'],
])('a built selector is written %#: %s', (selector, text) => {
  expect(formatSelector(selector)).toBe(text)
})

test('nothing can be built that could not be read again', () => {
  expect(errorOf(() => has('a b')).position).toBe(1)
  expect(errorOf(() => has('')).expected).toContain('1 to 512')
  expect(errorOf(() => equals('a', `"'`)).expected).toContain('quotes')
  expect(errorOf(() => isIn('a', ['ok', `'"`])).expected).toContain('quotes')
})

test('labels can be renamed, wherever they stand', () => {
  const selector = parseSelector('!has(a) && (b == "b" || c in {"c"}) && all()')
  expect(formatSelector(mapLabels(selector, (label) => `pcns.${label}`))).toBe(
    '(!has(pcns.a) && (pcns.b == "b" || pcns.c in {"c"}) && all())',
  )
})

test('nodes are replaced from the leaves up', () => {
  const selector = parseSelector('all() && !(global() || has(a))')
  const swapped = replaceNode(selector, (node) => {
    if (node.kind === 'All') return has('x')
    return node.kind === 'Global' ? not(has('x')) : undefined
  })
  expect(formatSelector(swapped)).toBe('(has(x) && !(!has(x) || has(a)))')
  const seen: string[] = []
  replaceNode(selector, (node) => {
    seen.push(node.kind)
    return undefined
  })
  expect(seen).toEqual(['All', 'Global', 'Has', 'Or', 'Not', 'And'])
})

test('replacing what was negated by a negation leaves no negation', () => {
  const swapped = replaceNode(parseSelector('!global()'), (node) =>
    node.kind === 'Global' ? not(has('x')) : undefined,
  )
  expect(formatSelector(swapped)).toBe('has(x)')
})

test('texts are ordered by their UTF-8 bytes', () => {
  const texts = ['😀', '\uffff', 'b', 'ab', 'a', '', 'é', '\ue000', 'A']
  const byBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect(texts.toSorted(compareUtf8)).toEqual(byBytes)
})

function errorOf(action: () => unknown): SelectorError {
  try {
    action()
  } catch (error) {
    if (error instanceof SelectorError) return error
    throw error
  }
  return expect.fail('no error was thrown')
}
