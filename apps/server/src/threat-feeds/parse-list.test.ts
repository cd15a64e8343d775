import type { ThreatFeedFormat } from '@margay/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseList } from './parse-list.ts'

const entries = (text: string, format?: ThreatFeedFormat) => parseList(text, format)

test('lines: comments, blanks and line feeds of all systems', () => {
  expect(entries('\ufeff# all\n1.1.1.1\r\n  2.2.2.2 # two\r\r\n\t\n3.3.3.3#x'.slice(1))).toEqual({
    entries: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
    broken: 0,
  })
})

describe('JSON', () => {
  const text = JSON.stringify({ data: [{ ip: ' 1.1.1.1 ' }, { ip: 7 }, {}, { ip: null }], list: ['a', 'b'] })
  test.each([
    ['$.data[*].ip', ['1.1.1.1'], 2],
    ['$.list', ['a', 'b'], 0],
    ['$.list[*]', ['a', 'b'], 0],
    ['$.list[1]', ['b'], 0],
    ['$.none', [], 0],
  ])('%s', (path, found, broken) =>
    expect(entries(text, { json: { path } })).toEqual({ entries: found, broken }),
  )

  test.each(['', '{', '<html>'])('%j is none', (bad) => {
    expect(() => entries(bad, { json: { path: '$' } })).toThrow('the answer is no JSON')
  })
})

describe('CSV', () => {
  const text = '; made today\nip,why\n1.1.1.1,"a, ""b"""\n"2.2.2.2",c\n3.3.3.3\n\n'
  const comments = { commentDelimiter: ';' }
  test.each<[NonNullable<ThreatFeedFormat['csv']>, string[], number]>([
    [{ ...comments, fieldName: 'ip', header: true }, ['1.1.1.1', '2.2.2.2'], 1],
    [{ ...comments, fieldNum: 0, header: true }, ['1.1.1.1', '2.2.2.2'], 1],
    [{ ...comments, fieldNum: 1, header: true }, ['a, "b"', 'c'], 1],
    [{ ...comments, fieldNum: 0, header: true, recordSize: 1 }, ['3.3.3.3'], 2],
    [
      { ...comments, fieldNum: 0, header: true, disableRecordSizeValidation: true },
      ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
      0,
    ],
    [{ ...comments, fieldNum: 1, header: true, disableRecordSizeValidation: true }, ['a, "b"', 'c'], 1],
  ])('%j', (csv, found, broken) => expect(entries(text, { csv })).toEqual({ entries: found, broken }))

  test('another delimiter', () => {
    const csv = { fieldNum: 0, columnDelimiter: ';' }
    expect(entries('192.0.2.0/24 ; SBL1\n', { csv }).entries).toEqual(['192.0.2.0/24'])
  })

  test('a field that is not there', () => {
    expect(() => entries(text, { csv: { fieldName: 'ip', header: true } })).toThrow(
      'the first line has no field',
    )
  })

  test('any fields come back, quoted as RFC 4180 says', () => {
    const field = fc.string().filter((value) => !/[\r\n]/.test(value) && value.trim() === value)
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 4 }), fc.nat(3), (fields, at) => {
        fc.pre(at < fields.length)
        const line = fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')
        expect(entries(line, { csv: { fieldNum: at } })).toEqual({ entries: [fields[at]], broken: 0 })
      }),
    )
  })
})
