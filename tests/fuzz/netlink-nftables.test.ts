/** Bytes that are almost what the kernel says of nf_tables: they are read, or refused as what they are. */
import { NetlinkDecodeError, type NetlinkMessage, readMessages } from '@margay/netlink'
import {
  formatTable,
  type NftElement,
  type NftRule,
  type NftSet,
  type TableContent,
} from '@margay/netlink/nftables'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRefusal } from '../../packages/netlink/src/message/acknowledgement.ts'
import { readElements } from '../../packages/netlink/src/nftables/decode/decode-elements.ts'
import { readEvent } from '../../packages/netlink/src/nftables/decode/decode-event.ts'
import { readFlowtable, readNamedObject } from '../../packages/netlink/src/nftables/decode/decode-named.ts'
import {
  readChain,
  readRule,
  readSet,
  readTable,
} from '../../packages/netlink/src/nftables/decode/decode-object.ts'
import { nftablesMessages } from '../../packages/netlink/src/nftables/recorded-messages.testkit.ts'
import {
  flowtableMessage,
  sampleSets,
  sampleTable,
} from '../../packages/netlink/src/nftables/samples.testkit.ts'
import { damaged, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

/** Verdicts, registers, types of sets, empty and endless attributes. */
const pieces = [
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(4, 0, 1, 0),
  Uint8Array.of(8, 0, 1, 0, 0, 0, 0, 9),
  Uint8Array.of(8, 0, 4, 0, 0xff, 0xff, 0xff, 0),
  Uint8Array.of(0xff, 0xff, 1, 0x80),
]

type Reader = (message: NetlinkMessage) => unknown

const asForward = { family: 'inet' } as const
const readers: Readonly<Record<string, Reader>> = {
  table: readTable,
  chain: (message) => shown({ chain: readChain(message, asForward.family).chain, rules: [] }),
  rule: (message) => shown({ chain: { name: 'c' }, rules: [readRule(message).rule] }),
  set: (message) => {
    const set = readSet(message)?.set
    return set === undefined ? undefined : shownSet(set, [])
  },
  object: (message) => shownNamed({ objects: [readNamedObject(message).object] }),
  flowtable: (message) => shownNamed({ flowtables: [readFlowtable(message).flowtable] }),
  generation: readEvent,
}

/** What was read has a text too. */
function shown(content: { chain: { name: string }; rules: readonly NftRule[] }): string {
  return formatTable({ table: sampleTable, sets: new Map(), chains: new Map([['c', content]]) })
}

function shownNamed(content: Pick<TableContent, 'objects' | 'flowtables'>): string {
  return formatTable({ table: sampleTable, chains: new Map(), sets: new Map(), ...content })
}

function shownSet(set: NftSet, elements: readonly NftElement[]): string {
  return formatTable({
    table: sampleTable,
    chains: new Map(),
    sets: new Map([['s', { set, elements }]]),
  })
}

function seedsOf(kind: string): Uint8Array[] {
  if (kind === 'flowtable') return [flowtableMessage()]
  return Object.entries(nftablesMessages)
    .filter(([name]) => name === kind || name.startsWith(`${kind} `))
    .map(([, hex]) => new Uint8Array(Buffer.from(hex, 'hex')))
}

/** The header's length is set right, so that damage is met where attributes are read. */
function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes
  const copy = Uint8Array.from(bytes)
  new DataView(copy.buffer).setUint32(0, copy.length, true)
  return copy
}

function expectReadOrRefused(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(NetlinkDecodeError)
  }
}

test.each(Object.entries(readers))(
  'a damaged %s is read or refused',
  (kind, read) => {
    const seeds = seedsOf(kind)
    for (const seed of seeds) expect(readMessages(seed).map(read)).toEqual([expect.anything()])
    const property = fc.property(damaged(seeds, pieces), (bytes) =>
      expectReadOrRefused(() => readMessages(withLength(bytes)).map(read)),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

test.each(sampleSets.filter(({ elements }) => elements.length > 0))(
  'damaged elements of $set.name are read or refused',
  ({ set, elements }) => {
    const seeds = seedsOf(`elements ${set.name}`)
    const whole = seeds.flatMap((seed) => readMessages(seed))
    expect(readElements(whole, set)).toHaveLength(elements.length)
    const property = fc.property(damaged(seeds, pieces), (bytes) =>
      expectReadOrRefused(() => shownSet(set, readElements(readMessages(withLength(bytes)), set))),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

test(
  'damaged messages of any kind are events or refused',
  () => {
    const recorded = Object.values(nftablesMessages).map((hex) => new Uint8Array(Buffer.from(hex, 'hex')))
    const seeds = [...recorded, flowtableMessage()]
    const property = fc.property(damaged(seeds, pieces), (bytes) =>
      expectReadOrRefused(() => readMessages(withLength(bytes)).map(readEvent)),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

/** EEXIST with the place of the attribute, as the kernel answers with NETLINK_CAP_ACK and NETLINK_EXT_ACK. */
const refusal = Buffer.from(
  '2c000000020000030600000000000000efffffff80000000' + '0c0a0104060000000000000008000200' + '3c000000',
  'hex',
)

test(
  'a damaged refusal is read or refused',
  () => {
    expect(readMessages(refusal).map(readRefusal)).toMatchObject([{ errno: 'EEXIST', offset: 60 }])
    const property = fc.property(damaged([new Uint8Array(refusal)], pieces), (bytes) =>
      expectReadOrRefused(() => readMessages(withLength(bytes)).map(readRefusal)),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
