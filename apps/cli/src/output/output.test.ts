import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { formatAge } from './age.ts'
import { formatData } from './data.ts'
import { renderTable, visible } from './table.ts'

describe('a table', () => {
  test('has columns as wide as their widest cell, and no blanks at the end of a line', () => {
    expect(
      renderTable(
        ['A', 'NAME'],
        [
          ['1', 'x'],
          ['234', ''],
        ],
      ),
    ).toBe('A     NAME\n1     x\n234\n')
  })

  test('counts wide characters as two, and does not let a cell steer the terminal', () => {
    const rows = [
      ['漢字', '1'],
      ['\u001b[2J', '2'],
    ]
    expect(renderTable(['A', 'B'], rows).split('\n')).toEqual([
      'A           B',
      '漢字        1',
      '\\u001b[2J   2',
      '',
    ])
  })

  test('starts each column at one place', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', 'b', '漢', ' '), minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text && text !== '')
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const lines = renderTable(['A', 'B'], rows).trimEnd().split('\n')
        const starts = lines
          .slice(1)
          .map((line, i) => stringWidth(line) - stringWidth(visible(rows[i]?.[1] ?? '')))
        expect(new Set(starts).size).toBe(1)
      }),
    )
  })
})

test.each([
  ['2026-01-02T03:04:05Z', '0s'],
  ['2026-01-02T03:04:09Z', '0s'],
  ['2026-01-02T03:02:06Z', '119s'],
  ['2026-01-02T03:02:05Z', '2m'],
  ['2026-01-02T02:55:00Z', '9m5s'],
  ['2026-01-02T01:04:05Z', '120m'],
  ['2026-01-01T20:34:05Z', '6h30m'],
  ['2025-12-31T04:04:05Z', '47h'],
  ['2025-12-26T01:04:05Z', '7d2h'],
  ['2025-01-01T03:04:05Z', '366d'],
  ['2023-06-01T03:04:05Z', '2y216d'],
  [undefined, '<unknown>'],
  ['yesterday', '<unknown>'],
])('the age of %s is %s', (time, want) => {
  expect(formatAge(time, new Date('2026-01-02T03:04:05Z'))).toBe(want)
})

test('YAML is such that readers of YAML 1.1 and 1.2 understand the same', async () => {
  expect(await formatData({ a: 'yes', b: '010', c: 'text', d: ['no'] }, 'yaml')).toBe(
    'a: "yes"\nb: "010"\nc: text\nd:\n  - "no"\n',
  )
})
