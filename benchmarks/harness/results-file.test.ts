import { expect, test } from 'vitest'
import { withTable } from './results-file.ts'

test('only what is between the marks is replaced, however often', () => {
  const page = 'before\n<!-- results -->\nold\n<!-- /results -->\nafter\n'
  const expected = 'before\n<!-- results -->\n\n```text\nnew\n```\n\n<!-- /results -->\nafter\n'
  expect(withTable(page, 'new\n')).toBe(expected)
  expect(withTable(expected, 'new\n')).toBe(expected)
})

test('a page without marks is not written over', () => {
  expect(() => withTable('no marks', 'new\n')).toThrow('no marks')
})
