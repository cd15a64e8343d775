import { formatSelector, parseSelector, SelectorError } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesLabels, parseLabelSelector } from '../../apps/server/src/selectors/labels.ts'
import { ApiError } from '../../apps/server/src/status/api-error.ts'
import { damagedText, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const selectors = [
  `has(a) && !(b == "c" || d != 'e') && f in {"g", "h"} || all()`,
  `a contains "b" && c starts with "d" && e ends with "f" && g not in {"h"} && global()`,
  `((((a == "b"))))`,
]
const pieces = [
  '(',
  ')',
  '!',
  '&&',
  '||',
  '{',
  '}',
  '"',
  "'",
  'has(',
  ' in ',
  ' not in ',
  '\t',
  '\0',
  'ü',
  '((((((((',
]

test(
  'a damaged policy selector is read or refused, and its canonical text is its own',
  () => {
    const property = fc.property(damagedText(selectors, pieces), (text) => {
      try {
        const canonical = formatSelector(parseSelector(text))
        expect(formatSelector(parseSelector(canonical))).toBe(canonical)
      } catch (error) {
        if (!(error instanceof SelectorError)) throw error
        expect(error.message.length).toBeLessThan(1000)
      }
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

const labelSelectors = ['a=b,c!=d,!e,f', 'a in (b, c),d notin (e),g/h==i', 'n>5,m<6']

test(
  'a damaged label selector is read or refused with a 400',
  () => {
    const property = fc.property(
      damagedText(labelSelectors, [',', '(', ')', '=', '!', ' in ', ' ', '\n']),
      (text) => {
        try {
          expect(matchesLabels(parseLabelSelector(text), { a: 'b' })).toBeTypeOf('boolean')
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
          expect(error.code).toBe(400)
        }
      },
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
