import { expect, test } from 'vitest'
import { formatRecordType, RecordType } from './record-type.ts'

test('types are named where they are read here, and numbered where they are not', () => {
  expect([RecordType.AAAA, RecordType.HTTPS, 16, 65_535].map(formatRecordType)).toEqual([
    'AAAA',
    'HTTPS',
    'TYPE16',
    'TYPE65535',
  ])
})
