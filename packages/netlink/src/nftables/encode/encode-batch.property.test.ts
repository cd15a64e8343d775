import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMessages } from '../../message/messages.ts'
import { readElements } from '../decode/decode-elements.ts'
import { readChain, readRule, readSet } from '../decode/decode-object.ts'
import type { Change, NftElement, NftSet } from '../model.ts'
import { bytes, element, rule, sample, sampleSets, set, sampleTable as table } from '../samples.testkit.ts'
import { encodeBatch } from './encode-batch.ts'

/** The messages between the batch's beginning and its end: a dump has the same form. */
function sent(...changes: Change[]) {
  return readMessages(encodeBatch(changes, { firstSequence: 1 }).bytes).slice(1, -1)
}

test('every rule is read back as it was written', () => {
  fc.assert(
    fc.property(rule, (written) => {
      const read = sent({ do: 'add-rule', table, chain: 'c', rule: written }).map(readRule)
      expect(read).toEqual([{ table: table.name, chain: 'c', rule: written }])
    }),
  )
})

test('every set is read back as it was written', () => {
  fc.assert(
    fc.property(set, (written) => {
      expect(sent({ do: 'add-set', table, set: written }).map(readSet)).toEqual([
        { table: table.name, set: written },
      ])
    }),
  )
})

test.each([...sample.chains.values()])('chain $chain.name is read back as it was written', ({ chain }) => {
  const read = sent({ do: 'add-chain', table, chain }).map((it) => readChain(it, table.family))
  expect(read).toEqual([{ table: table.name, chain }])
})

test.each(sampleSets)('elements of $set.name are read back as they were written', ({ set: of, elements }) => {
  const read = readElements(sent({ do: 'add-elements', table, set: of, elements }), of)
  expect(sorted(read)).toEqual(sorted([...elements]))
})

const map: NftSet = { name: 'm', key: ['ipv4_addr'], data: 'verdict' }

test('every element is read back as it was written', () => {
  fc.assert(
    fc.property(fc.array(element), (elements) => {
      expect(readElements(sent({ do: 'add-elements', table, set: map, elements }), map)).toEqual(elements)
    }),
  )
})

const tree: NftSet = { name: 't', key: ['ipv4_addr'], interval: true }

test('intervals that do not overlap are read back as they were written, whatever their order', () => {
  const boundaries = fc.uniqueArray(fc.nat({ max: 0xffffffff }), { maxLength: 20 })
  fc.assert(
    fc.property(boundaries, fc.infiniteStream(fc.boolean()), (numbers, shuffle) => {
      const written = intervalsBetween(numbers.toSorted((a, b) => a - b))
      const mixed = written.toSorted(() => (shuffle.next().value === true ? 1 : -1))
      expect(readElements(sent({ do: 'add-elements', table, set: tree, elements: mixed }), tree)).toEqual(
        written,
      )
    }),
  )
})

function intervalsBetween(numbers: readonly number[]): NftElement[] {
  const elements: NftElement[] = []
  for (let at = 0; at + 1 < numbers.length; at += 2)
    elements.push({ key: address(numbers[at] ?? 0), keyEnd: address(numbers[at + 1] ?? 0) })
  return elements
}

function address(number: number): Uint8Array {
  return bytes(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255)
}

function sorted(elements: readonly NftElement[]): NftElement[] {
  return elements.toSorted((a, b) => String(a.key).localeCompare(String(b.key)))
}
