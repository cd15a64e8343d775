import { expect, test } from 'vitest'
import { sample } from '../samples.testkit.ts'
import { formatTable } from './format-table.ts'

test('a table with every kind of object', async () => {
  await expect(formatTable(sample)).toMatchFileSnapshot('sample-table.golden.nft')
})

test('a table that somebody switched off says so', () => {
  const off = { table: sample.table, chains: new Map(), sets: new Map(), isDormant: true } as const
  expect(formatTable(off)).toBe('table inet sample {\n\tflags dormant\n}\n')
})
