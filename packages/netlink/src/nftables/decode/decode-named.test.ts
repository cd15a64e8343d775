import { expect, test } from 'vitest'
import { readMessages } from '../../message/messages.ts'
import { encodeBatch } from '../encode/encode-batch.ts'
import { formatTable } from '../format/format-table.ts'
import type { NamedObject } from '../model.ts'
import { nftablesMessages } from '../recorded-messages.testkit.ts'
import { flowtableMessage, sampleTable as table } from '../samples.testkit.ts'
import { readEvent } from './decode-event.ts'
import { readFlowtable, readNamedObject } from './decode-named.ts'

const recorded = Object.entries(nftablesMessages).filter(([name]) => name.startsWith('object '))
const messages = recorded.flatMap(([, hex]) => readMessages(new Uint8Array(Buffer.from(hex, 'hex'))))
const objects = messages.map((message) => readNamedObject(message))
const flowtables = readMessages(flowtableMessage()).map(readFlowtable)

const values: readonly NamedObject[] = [
  {
    name: 'q',
    kind: 'quota',
    code: 2,
    handle: 1n,
    value: { type: 'quota', bytes: 1024n, usedBytes: 12n, over: true },
  },
  { name: 'c', kind: 'counter', code: 1, handle: 2n, value: { type: 'counter', packets: 3n, bytes: 252n } },
  {
    name: 'l',
    kind: 'limit',
    code: 4,
    handle: 3n,
    value: { type: 'limit', rate: 10_240n, per: 'second', unit: 'bytes', burst: 6000, over: true },
  },
  { name: 's', kind: 'synproxy', code: 10, handle: 4n },
  {
    name: 'h',
    kind: 'ct helper',
    code: 3,
    handle: 5n,
    value: { type: 'ct helper', helper: 'ftp', protocol: 6 },
  },
]

test('objects are read with kind, handle and value', () => {
  expect(objects).toEqual(values.map((object) => ({ table: 'sample', object })))
})

test('a kind that the model does not have is read without its value, and can be deleted', () => {
  const [hex = ''] = [
    nftablesMessages['object synproxy'].replace('08000300' + '0000000a', '08000300' + '0000002a'),
  ]
  const [message] = readMessages(new Uint8Array(Buffer.from(hex, 'hex')))
  const object = message && readNamedObject(message).object
  expect(object).toEqual({ name: 's', kind: 'other', code: 42, handle: 4n })
})

test('flowtables are read with priority and devices', () => {
  expect(flowtables).toEqual([
    { table: 'sample', flowtable: { name: 'f', handle: 9n, priority: -5, devices: ['eth0', 'eth1'] } },
  ])
})

test('events say which object it is', () => {
  const [named] = messages.map(readEvent)
  expect(named).toMatchObject({ kind: 'object', table, object: 'object', action: 'new', named: values[0] })
  const [flowtable] = readMessages(flowtableMessage()).map(readEvent)
  expect(flowtable).toMatchObject({ object: 'flowtable', action: 'new', flowtable: { name: 'f' } })
})

test('an object is deleted by name and kind, a flowtable by its name', () => {
  const object = { name: 'c', kind: 'counter', code: 1 } as const
  const changes = [
    { do: 'delete-object', table, object },
    { do: 'delete-flowtable', table, flowtable: 'f' },
  ] as const
  const [, deletedObject, deletedFlowtable] = readMessages(encodeBatch(changes, { firstSequence: 1 }).bytes)
  const [objectFields, flowtableFields] = [deletedObject, deletedFlowtable].map((message) => [
    message && message.type & 0xff,
    ...[...(message?.payload.after(4).attributes() ?? [])].map((it) => it.bytes().slice()),
  ])
  const text = (value: string) => new TextEncoder().encode(`${value}\0`)
  expect(objectFields).toEqual([20, text('sample'), text('c'), Uint8Array.of(0, 0, 0, 1)])
  expect(flowtableFields).toEqual([24, text('sample'), text('f')])
})

test('all have a text', () => {
  const content = {
    table,
    chains: new Map(),
    sets: new Map(),
    objects: objects.map(({ object }) => object),
    flowtables: flowtables.map(({ flowtable }) => flowtable),
  }
  expect(formatTable(content).replaceAll('\t', ' ').split('\n')).toEqual([
    'table inet sample {',
    ...[' quota q {', '  over 1024 bytes used 12 bytes', ' }', ''],
    ...[' counter c {', '  packets 3 bytes 252', ' }', ''],
    ...[' limit l {', '  rate over 10240 bytes/second burst 6000 bytes', ' }', ''],
    ...[' synproxy s {', ' }', ''],
    ...[' ct helper h {', '  type "ftp" protocol 6', ' }', ''],
    ...[' flowtable f {', '  hook ingress priority -5', '  devices = { eth0, eth1 }', ' }'],
    '}',
    '',
  ])
})
