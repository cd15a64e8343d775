import { describe, expect, test } from 'vitest'
import { readMessages } from '../../message/messages.ts'
import { message } from '../constants.ts'
import { readElements } from '../decode/decode-elements.ts'
import { readRuleHandle } from '../decode/decode-object.ts'
import type { Change, NftElement, NftSet } from '../model.ts'
import { bytes, sampleTable as table } from '../samples.testkit.ts'
import { encodeBatch } from './encode-batch.ts'

const set: NftSet = { name: 's', key: ['ipv4_addr'] }
const many: NftElement[] = Array.from({ length: 20_000 }, (_, index) => ({
  key: bytes(10, index >> 16, (index >> 8) & 255, index & 255),
  comment: `element ${index}`,
}))

test('elements that fill more than one attribute go over several messages of the batch', () => {
  const { bytes: sent, sequences } = encodeBatch(
    [
      { do: 'add-elements', table, set, elements: many },
      { do: 'flush-set', table, set: 'x' },
    ],
    { firstSequence: 7 },
  )
  const messages = readMessages(sent)
  expect(messages.length).toBeGreaterThan(10)
  expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => 7 + index))
  expect(sequences).toEqual([8, 7 + messages.length - 2])
  expect(readElements(messages.slice(1, -2), set)).toEqual(many)
})

test('an acknowledgement is asked for the last change alone', () => {
  const { bytes: sent, acknowledged } = encodeBatch(
    [
      { do: 'add-table', table },
      { do: 'delete-set', table, set: 's' },
    ],
    { firstSequence: 1 },
  )
  const asked = readMessages(sent).filter(({ flags }) => (flags & 4) !== 0)
  expect(asked.map(({ sequence }) => sequence)).toEqual([3])
  expect(acknowledged).toBe(3)
})

test('new rules of a chain come before the old ones go, which go by their handles', () => {
  const rules = [{ expressions: [{ type: 'counter' }] }, { expressions: [] }] as const
  const { bytes: sent } = encodeBatch([{ do: 'replace-rules', table, chain: 'c', rules }], {
    firstSequence: 1,
    handlesOf: () => [7n, 9n],
  })
  const told = readMessages(sent).slice(1, -1)
  expect(told.map(({ type }) => type & 255)).toEqual([
    message.newRule,
    message.newRule,
    message.deleteRule,
    message.deleteRule,
  ])
  expect(told.slice(2).map((it) => readRuleHandle(it).handle)).toEqual([7n, 9n])
})

test('no elements are no message: without a list the kernel would empty the set', () => {
  const change: Change = { do: 'delete-elements', table, set, elements: [] }
  expect(readMessages(encodeBatch([change], { firstSequence: 1 }).bytes)).toHaveLength(2)
})

describe('what no message can say is refused', () => {
  const chain = { name: 'c' }
  test.each<[string, Change, RegExp]>([
    [
      'a comment of 128 bytes',
      { do: 'add-chain', table, chain: { ...chain, comment: 'x'.repeat(128) } },
      /127 bytes/,
    ],
    [
      'six fields',
      { do: 'add-set', table, set: { name: 's', key: Array(6).fill('mark') } },
      /1 to 5 fields, not 6/,
    ],
    ['no field', { do: 'add-set', table, set: { name: 's', key: [] } }, /1 to 5 fields, not 0/],
    [
      'register 16',
      { do: 'add-rule', table, chain: 'c', rule: { expressions: [{ type: 'meta', key: 'mark', to: 16 }] } },
      /registers are 0 to 15, not 16/,
    ],
    [
      'queue 65536',
      { do: 'add-rule', table, chain: 'c', rule: { expressions: [{ type: 'queue', number: 65_536 }] } },
      /queues are 0 to 65535, not 65536/,
    ],
    [
      'a log prefix of 128 bytes',
      { do: 'add-rule', table, chain: 'c', rule: { expressions: [{ type: 'log', prefix: 'ä'.repeat(64) }] } },
      /at most 127 bytes/,
    ],
    [
      'a hook that the family does not have',
      {
        do: 'add-chain',
        table: { family: 'arp', name: 't' },
        chain: { name: 'c', hook: { type: 'filter', hook: 'prerouting', priority: 0, policy: 'drop' } },
      },
      /arp has no hook prerouting, only input, output, forward/,
    ],
    ['losing no devices', { do: 'delete-devices', table, chain, devices: [] }, /lose no devices/],
  ])('%s', (_, change, message) => {
    expect(() => encodeBatch([change], { firstSequence: 1 })).toThrow(message)
  })
})
