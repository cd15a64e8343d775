/** A table with every kind of object of the model, in the form in which a dump gives it back; and random parts of one. */
import fc from 'fast-check'
import { MessageWriter } from '../message/message-writer.ts'
import { families } from './codes.ts'
import {
  deviceName,
  flowtableAttribute,
  flowtableHookAttribute,
  message,
  NFNL_SUBSYS_NFTABLES,
} from './constants.ts'
import type {
  Change,
  DataType,
  Expression,
  NftElement,
  NftRule,
  NftSet,
  SetContent,
  Table,
  TableContent,
} from './model.ts'

export const sampleTable: Table = { family: 'inet', name: 'sample' }

/** A flowtable of the sample table, as a kernel that has them tells of it. Source: Linux, nf_tables_fill_flowtable_info. */
export function flowtableMessage(): Uint8Array {
  const writer = new MessageWriter()
  const { table, name, hook, handle } = flowtableAttribute
  writer.startMessage((NFNL_SUBSYS_NFTABLES << 8) | message.newFlowtable, 0, 1)
  writer.raw(Uint8Array.of(families.codeOf(sampleTable.family), 0, 0, 0))
  writer.string(table, sampleTable.name)
  writer.string(name, 'f')
  writer.u64Be(handle, 9n)
  writer.nested(hook, () => {
    writer.u32Be(flowtableHookAttribute.priority, -5 >>> 0)
    writer.nested(flowtableHookAttribute.devices, () => {
      for (const device of ['eth0', 'eth1']) writer.string(deviceName, device)
    })
  })
  writer.endMessage()
  return writer.bytes.slice()
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** Padded with zero bytes to the 16 of an interface's name. */
export function interfaceName(name: string): Uint8Array {
  const padded = new Uint8Array(16)
  padded.set(new TextEncoder().encode(name))
  return padded
}

const zero = bytes(0, 0, 0, 0)
const isIpv4: readonly Expression[] = [
  { type: 'meta', key: 'nfproto', to: 0 },
  { type: 'cmp', operator: '==', from: 0, value: bytes(2) },
]
const loadSource: Expression = { type: 'payload', base: 'network', offset: 12, length: 4, to: 0 }
const accept: Expression = { type: 'verdict', verdict: { kind: 'accept' } }

export const sampleRules: Readonly<Record<string, NftRule>> = {
  established: {
    comment: 'est',
    expressions: [
      { type: 'ct', key: 'state', to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(6, 0, 0, 0), xor: zero },
      { type: 'cmp', operator: '!=', from: 0, value: zero },
      { type: 'counter', packets: 3n, bytes: 252n },
      accept,
    ],
  },
  'interface prefix': {
    expressions: [
      { type: 'meta', key: 'iifname', to: 4 },
      { type: 'cmp', operator: '==', from: 4, value: new TextEncoder().encode('cali') },
      { type: 'verdict', verdict: { kind: 'jump', chain: 'other' } },
    ],
  },
  'network and port range': {
    expressions: [
      ...isIpv4,
      loadSource,
      { type: 'bitwise', from: 0, to: 0, mask: bytes(255, 255, 0, 0), xor: zero },
      { type: 'cmp', operator: '==', from: 0, value: bytes(10, 1, 0, 0) },
      { type: 'meta', key: 'l4proto', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(6) },
      { type: 'payload', base: 'transport', offset: 2, length: 2, to: 0 },
      { type: 'range', operator: '==', from: 0, first: bytes(0, 80), last: bytes(0, 90) },
      { type: 'reject', with: 'tcp-reset' },
    ],
  },
  'in a set of networks, or not': {
    expressions: [
      ...isIpv4,
      loadSource,
      { type: 'lookup', set: 'networks', from: 0 },
      { type: 'payload', base: 'network', offset: 16, length: 4, to: 0 },
      { type: 'lookup', set: 'networks', from: 0, invert: true },
      { type: 'verdict', verdict: { kind: 'goto', chain: 'other' } },
    ],
  },
  'verdict map of interfaces': {
    expressions: [
      { type: 'meta', key: 'oifname', to: 0 },
      { type: 'lookup', set: 'interfaces', from: 0, toVerdict: true },
    ],
  },
  'verdict map with ranges': {
    expressions: [
      ...isIpv4,
      loadSource,
      { type: 'meta', key: 'l4proto', to: 1 },
      { type: 'payload', base: 'transport', offset: 2, length: 2, to: 2 },
      { type: 'lookup', set: 'ranges', from: 0, toVerdict: true },
    ],
  },
  limits: {
    expressions: [
      { type: 'limit', rate: 10n, per: 'second', unit: 'packets', burst: 7 },
      { type: 'limit', rate: 4096n, per: 'minute', unit: 'bytes', burst: 1024, over: true },
      { type: 'connlimit', count: 10, over: true },
      { type: 'reject', with: 'icmpx-admin-prohibited' },
    ],
  },
  logs: {
    expressions: [
      { type: 'log', prefix: 'to a group ', group: 5, snapLength: 96, queueThreshold: 64 },
      { type: 'log', prefix: 'to the log ', level: 'info' },
      { type: 'log', prefix: 'by default ' },
      { type: 'reject', with: 'icmpx-port-unreachable' },
    ],
  },
  marks: {
    expressions: [
      { type: 'meta', key: 'mark', to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(255, 0, 255, 255), xor: bytes(0, 1, 0, 0) },
      { type: 'set-meta', key: 'mark', from: 0 },
      { type: 'immediate', to: 0, value: bytes(1, 2, 0, 0) },
      { type: 'set-meta', key: 'mark', from: 0 },
      { type: 'verdict', verdict: { kind: 'return' } },
    ],
  },
  'routes and status': {
    expressions: [
      { type: 'fib', lookUp: 'saddr', with: ['mark', 'iif'], result: 'oif', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: zero },
      { type: 'fib', lookUp: 'daddr', with: [], result: 'type', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(2, 0, 0, 0) },
      { type: 'ct', key: 'status', to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(32, 0, 0, 0), xor: zero },
      { type: 'cmp', operator: '==', from: 0, value: zero },
      { type: 'verdict', verdict: { kind: 'drop' } },
    ],
  },
  fragments: {
    expressions: [
      { type: 'exthdr', header: 'frag', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(1) },
      accept,
    ],
  },
}

const notrack: NftRule = { comment: 'early', expressions: [{ type: 'notrack' }] }

export const sampleSets: readonly SetContent[] = [
  {
    set: { name: 'classes', key: ['ipv4_addr'], data: ['integer'], size: 1000, comment: 'who is who' },
    elements: [
      { key: bytes(10, 0, 0, 1), data: bytes(5, 0, 0, 0), comment: 'web' },
      { key: undefined, data: bytes(1, 0, 0, 0) },
    ],
  },
  {
    set: { name: 'services', key: ['integer', 'inet_proto', 'inet_service'], data: 'verdict' },
    elements: [
      { key: bytes(5, 0, 0, 0, 6, 0, 0, 0, 0, 80, 0, 0), data: { kind: 'goto', chain: 'other' } },
      { key: undefined, data: { kind: 'drop' } },
    ],
  },
  {
    set: { name: 'networks', key: ['ipv4_addr'], interval: true },
    elements: [
      { key: bytes(10, 0, 0, 0), keyEnd: bytes(10, 255, 255, 255) },
      { key: bytes(11, 0, 0, 0) },
      { key: bytes(11, 0, 0, 1), comment: 'next to it' },
      { key: bytes(192, 0, 2, 3), keyEnd: bytes(192, 0, 2, 9) },
      { key: bytes(240, 0, 0, 0), keyEnd: bytes(255, 255, 255, 255) },
    ],
  },
  {
    set: { name: 'ports', key: ['inet_service'], interval: true, data: ['mark'] },
    elements: [{ key: bytes(0, 80), keyEnd: bytes(0, 90), data: bytes(1, 0, 0, 0) }],
  },
  {
    set: {
      name: 'ranges',
      key: ['ipv4_addr', 'inet_proto', 'inet_service'],
      interval: true,
      data: 'verdict',
    },
    elements: [
      {
        key: bytes(10, 0, 0, 0, 6, 0, 0, 0, 0, 80, 0, 0),
        keyEnd: bytes(10, 0, 0, 255, 6, 0, 0, 0, 0, 90, 0, 0),
        data: { kind: 'accept' },
      },
      { key: bytes(10, 0, 0, 9, 17, 0, 0, 0, 0, 80, 0, 0), data: { kind: 'drop' } },
      { key: undefined, data: { kind: 'return' } },
    ],
  },
  {
    set: { name: 'interfaces', key: ['ifname'], data: 'verdict' },
    elements: [{ key: interfaceName('cali123'), data: { kind: 'jump', chain: 'other' } }],
  },
  {
    set: { name: 'neighbours', key: ['ipv6_addr', 'ether_addr'], comment: 'of IPv6' },
    elements: [{ key: bytes(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0) }],
  },
  { set: { name: 'seen', key: ['ipv4_addr'], dynamic: true, timeoutMs: 60_000, size: 100 }, elements: [] },
]

export const sample: TableContent = {
  table: sampleTable,
  sets: new Map(sampleSets.map((content) => [content.set.name, content])),
  chains: new Map(
    [
      { chain: { name: 'other', comment: 'a chain' }, rules: [] },
      {
        chain: {
          name: 'forward',
          hook: { type: 'filter', hook: 'forward', priority: -5, policy: 'drop' },
        } as const,
        rules: Object.values(sampleRules),
      },
      {
        chain: {
          name: 'early',
          hook: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'accept' },
        } as const,
        rules: [notrack],
      },
    ].map((content) => [content.chain.name, content]),
  ),
}

/** What makes a table that is not there. */
export function making({ table, sets, chains }: TableContent): Change[] {
  return [
    { do: 'add-table', table },
    ...[...sets.values()].map(({ set }): Change => ({ do: 'add-set', table, set })),
    ...[...chains.values()].map(({ chain }): Change => ({ do: 'add-chain', table, chain })),
    ...[...sets.values()].map(({ set, elements }): Change => ({ do: 'add-elements', table, set, elements })),
    ...[...chains.values()].flatMap(({ chain, rules }) =>
      rules.map((rule): Change => ({ do: 'add-rule', table, chain: chain.name, rule })),
    ),
  ]
}

const dataTypes: readonly DataType[] = [
  'ipv4_addr',
  'ipv6_addr',
  'ether_addr',
  'inet_proto',
  'inet_service',
  'icmp_type',
  'icmpv6_type',
  'mark',
  'ifname',
  'nf_proto',
  'integer',
]
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,14}$/)
const comment = fc.string({ unit: 'grapheme-ascii', maxLength: 40 })
const register = fc.nat({ max: 15 })
const value = fc.uint8Array({ minLength: 1, maxLength: 16 })
const u32 = fc.nat({ max: 0xffffffff })
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const fields = fc.array(fc.constantFrom(...dataTypes), { minLength: 1, maxLength: 5 })
const verdict = fc.oneof(
  fc.record({ kind: fc.constantFrom('accept', 'drop', 'return', 'continue') }),
  fc.record({ kind: fc.constantFrom('jump', 'goto'), chain: name }),
)

/** Without keys whose value is undefined, as the decoders give them. */
function dense<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, it]) => it !== undefined)) as T
}

const flag = fc.constantFrom<true | undefined>(true, undefined)

export const expression: fc.Arbitrary<Expression> = fc
  .oneof(
    fc.record({
      type: fc.constant('meta'),
      key: fc.constantFrom(
        'len',
        'protocol',
        'nfproto',
        'l4proto',
        'mark',
        'iif',
        'oif',
        'iifname',
        'oifname',
        'iiftype',
        'pkttype',
      ),
      to: register,
    }),
    fc.record({ type: fc.constant('set-meta'), key: fc.constantFrom('mark', 'nftrace'), from: register }),
    fc.record({
      type: fc.constant('payload'),
      base: fc.constantFrom('link', 'network', 'transport'),
      offset: u32,
      length: u32,
      to: register,
    }),
    fc.record({ type: fc.constant('exthdr'), header: fc.constant('frag'), to: register }),
    fc.record({
      type: fc.constant('ct'),
      key: fc.constantFrom('state', 'status', 'mark', 'direction', 'l3proto', 'protocol'),
      to: register,
    }),
    fc.record({
      type: fc.constant('ct'),
      key: fc.constantFrom('ip saddr', 'ip daddr', 'ip6 saddr', 'ip6 daddr', 'proto-src', 'proto-dst'),
      direction: fc.constantFrom('original', 'reply'),
      to: register,
    }),
    fc.record({
      type: fc.constant('fib'),
      lookUp: fc.constantFrom('saddr', 'daddr'),
      with: fc.subarray(['mark', 'iif', 'oif']),
      result: fc.constantFrom('oif', 'oifname', 'type'),
      to: register,
    }),
    fc.record({ type: fc.constant('bitwise'), from: register, to: register, mask: value, xor: value }),
    fc.record({
      type: fc.constant('cmp'),
      operator: fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
      from: register,
      value,
    }),
    fc.record({
      type: fc.constant('range'),
      operator: fc.constantFrom('==', '!='),
      from: register,
      first: value,
      last: value,
    }),
    fc.record({ type: fc.constant('lookup'), set: name, from: register, to: maybe(register), invert: flag }),
    fc.record({ type: fc.constant('lookup'), set: name, from: register, toVerdict: fc.constant(true) }),
    fc.record({ type: fc.constant('immediate'), to: register, value }),
    fc.record({ type: fc.constant('verdict'), verdict }),
    fc.record({ type: fc.constant('counter'), packets: u64, bytes: u64 }),
    fc.record({
      type: fc.constant('limit'),
      rate: u64,
      per: fc.constantFrom('second', 'minute', 'hour', 'day', 'week'),
      unit: fc.constantFrom('packets', 'bytes'),
      burst: u32,
      over: flag,
    }),
    fc.record({ type: fc.constant('connlimit'), count: u32, over: flag }),
    fc.record({
      type: fc.constant('log'),
      prefix: comment,
      group: fc.nat({ max: 0xffff }),
      snapLength: maybe(u32),
      queueThreshold: maybe(fc.nat({ max: 0xffff })),
    }),
    fc.record({
      type: fc.constant('log'),
      prefix: comment,
      level: maybe(fc.constantFrom('emerg', 'alert', 'crit', 'err', 'notice', 'info', 'debug')),
    }),
    fc.record({
      type: fc.constant('reject'),
      with: fc.constantFrom('tcp-reset', 'icmpx-port-unreachable', 'icmpx-admin-prohibited'),
    }),
    fc.constant({ type: 'notrack' }),
    fc.record({
      type: fc.constantFrom('queue', 'nfqueue-target'),
      number: fc.nat({ max: 0xffff }),
      bypass: flag,
    }),
    fc.record({ type: fc.constant('other'), name: fc.constantFrom('numgen', 'nat'), data: fc.uint8Array() }),
  )
  .map((it) => dense(it) as Expression)

export const rule: fc.Arbitrary<NftRule> = fc
  .record({ expressions: fc.array(expression, { maxLength: 6 }), comment: maybe(comment) })
  .map((it) => dense(it) as NftRule)

export const set: fc.Arbitrary<NftSet> = fc
  .record({
    name,
    key: fields,
    data: fc.option(fc.oneof(fc.constant('verdict'), fields), { nil: undefined }),
    interval: flag,
    dynamic: flag,
    timeoutMs: maybe(fc.integer({ min: 1, max: 1e9 })),
    size: maybe(u32),
    comment: maybe(comment),
  })
  .map((it) => dense(it) as NftSet)

export const element: fc.Arbitrary<NftElement> = fc
  .record({
    key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    data: maybe(verdict),
    comment: maybe(comment),
  })
  .map((it) => dense(it) as NftElement)
