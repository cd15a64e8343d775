import { expect, test } from 'vitest'
import { ApiError } from '../status/api-error.ts'
import { matchesLabels, parseLabelSelector } from './labels.ts'

const labels = { app: 'web', 'example.org/tier': 'front', empty: '', count: '5' }

test.each([
  ['', true],
  ['app', true],
  ['!app', false],
  ['!other', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app=db', false],
  ['app!=db', true],
  ['app!=web', false],
  ['other!=web', true],
  ['other=web', false],
  ['empty=', true],
  ['app=', false],
  ['app in (web, db)', true],
  ['app in (db)', false],
  ['app notin (db,cache)', true],
  ['other notin (db)', true],
  ['app notin (web)', false],
  ['app in (web),example.org/tier=front', true],
  ['app in (web, db),example.org/tier=back', false],
  ['count>4', true],
  ['count>5', false],
  ['count<6', true],
  ['app>4', false],
  ['toString', false],
])('%j on the sample is %j', (selector, want) => {
  expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(want)
})

test.each(['app in web', 'app=we b', '=x', 'a,,b', 'app in (a', '-bad=x', 'x=bad-', 'n>x', 'a/b/c'])(
  '%j is refused with a 400',
  (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(ApiError)
    expect(() => parseLabelSelector(selector)).toThrow(/unable to parse the label selector/)
  },
)

test('an object without labels matches only what asks for absence', () => {
  expect(matchesLabels(parseLabelSelector('!a,b!=c'), undefined)).toBe(true)
  expect(matchesLabels(parseLabelSelector('a'), undefined)).toBe(false)
})
