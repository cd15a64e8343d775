import { describe, expect, test } from 'vitest'
import { isDnsLabel, isDnsSubdomain, isLabelValue, isPortName, isQualifiedName } from './names.ts'

const cases = [
  {
    check: isDnsLabel,
    yes: ['a', 'a-b', '0', 'x'.repeat(63)],
    no: ['', '-a', 'a-', 'A', 'a.b', 'a\n', 'x'.repeat(64)],
  },
  {
    check: isDnsSubdomain,
    yes: ['a', 'a.b-c.d', 'x'.repeat(253), '1.2'],
    no: ['', '.a', 'a.', 'a..b', 'a.-b', 'A.b', 'x'.repeat(254)],
  },
  {
    check: isQualifiedName,
    yes: ['a', 'A_b.c-D', 'example.com/a', `a/${'x'.repeat(63)}`],
    no: ['', '/a', 'a/', 'a/b/c', 'A/b', '_a', 'a.', `a/${'x'.repeat(64)}`, 'a b'],
  },
  {
    check: isLabelValue,
    yes: ['', 'a', 'A_b.c-D', 'x'.repeat(63)],
    no: ['-a', 'a.', 'a/b', 'ä', 'x'.repeat(64)],
  },
  {
    check: isPortName,
    yes: ['http', 'a', '8080-tcp', 'x'.repeat(15)],
    no: ['', '80', '1-2', 'HTTP', 'a--b', '-a', 'a-', 'a_b', 'x'.repeat(16)],
  },
]

describe.each(cases)('$check.name', ({ check, yes, no }) => {
  test.each(yes)('%j is one', (text) => expect(check(text)).toBe(true))
  test.each(no)('%j is none', (text) => expect(check(text)).toBe(false))
})
