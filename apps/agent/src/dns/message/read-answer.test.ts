import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addressBytes,
  answerFlags,
  edns,
  ip,
  lookup,
  serviceBinding,
  type TestMessage,
  wire,
} from '../dns.testkit.ts'
import { readHead } from './dns-head.ts'
import { readAnswer } from './read-answer.ts'

/** What is learnt of it as text; or why nothing is. */
function learnt(bytes: Uint8Array): string[] | string {
  const head = readHead(bytes)
  if (typeof head === 'string') return head
  const answer = readAnswer(bytes, head)
  if (answer === undefined) return 'malformed answer'
  const aliases = answer.aliases.map(({ name, target, ttlSeconds }) => `${name} -> ${target} ${ttlSeconds}`)
  const addresses = answer.addresses.map(
    ({ name, address, ttlSeconds }) => `${name} ${address.value.toString(16)} ${ttlSeconds}`,
  )
  return [...aliases, ...addresses]
}

const https = 65
const a1 = addressBytes('198.51.100.1')
const a2 = addressBytes('198.51.100.2')
const of = (message: TestMessage) => learnt(wire({ flags: answerFlags, ...message }))
const asked = (name: string, type = 1) => ({ questions: [{ name, type }] })

test('addresses of the name that was asked, with their TTLs', () => {
  expect(of(lookup('Www.Example.COM', [], ['198.51.100.1', '198.51.100.2']))).toEqual([
    'www.example.com c6336401 300',
    'www.example.com c6336402 300',
  ])
  expect(of(lookup('a.com', [], ['2001:db8::1']))).toEqual(['a.com 20010db8000000000000000000000001 300'])
})

test('a chain of aliases is followed from the question on, in whatever order its records are', () => {
  const { answers = [], ...message } = lookup('a.com', ['b.net', 'c.net', 'd.net'], ['198.51.100.1'])
  const all = ['a.com -> b.net 300', 'b.net -> c.net 300', 'c.net -> d.net 300', 'd.net c6336401 300']
  expect(of({ ...message, answers })).toEqual(all)
  expect(of({ ...message, answers: answers.toReversed() })).toEqual(all)
  expect(of({ ...message, answers, isCompressed: false, additionals: [edns] })).toEqual(all)
})

test('aliases in a circle end', () => {
  const answers = [
    { name: 'a.com', type: 5, data: 'b.com' },
    { name: 'b.com', type: 5, data: 'a.com' },
    { name: 'b.com', type: 5, data: 'b.com' },
  ]
  expect(of({ ...asked('a.com'), answers })).toEqual(['a.com -> b.com 300', 'b.com -> a.com 300'])
})

test('records of other names, of other classes, and that were not asked are not learnt', () => {
  const answers = [
    { name: 'victim.com', type: 1, data: a1 },
    { name: 'a.com', type: 1, recordClass: 3, data: a1 },
    { name: 'a.com', type: 28, data: addressBytes('2001:db8::1') },
    { name: 'a.com', type: 16, data: Uint8Array.of(3, 1, 2, 3) },
    { name: 'victim.com', type: 5, data: 'a.com' },
    { name: 'a.com', type: 1, data: a2 },
  ]
  expect(of({ ...asked('a.com'), answers })).toEqual(['a.com c6336402 300'])
})

test('authority and additional sections teach nothing, not even of the name that was asked', () => {
  const poison = [
    { name: 'a.com', type: 1, data: a1 },
    { name: 'victim.com', type: 1, data: a1 },
    { name: 'a.com', type: 5, data: 'victim.com' },
  ]
  expect(of({ ...asked('a.com'), authorities: poison, additionals: poison })).toEqual([])
})

test('of an answer that was cut all whole records are learnt; of one that is only too short none is', () => {
  const whole = wire(lookup('a.com', [], ['198.51.100.1', '198.51.100.2']))
  expect(learnt(whole.subarray(0, -3))).toBe('malformed answer')
  const cut = wire({ ...lookup('a.com', [], ['198.51.100.1', '198.51.100.2']), flags: answerFlags | 0x0200 })
  expect(learnt(cut.subarray(0, -3))).toEqual(['a.com c6336401 300'])
  expect(learnt(cut.subarray(0, -16))).toEqual(['a.com c6336401 300'])
})

test.each([
  ['A', 1, a1.subarray(1)],
  ['AAAA', 28, a1],
  ['CNAME', 5, Uint8Array.of(1, 0x61, 0, 0)],
  ['HTTPS', https, Uint8Array.of(0)],
])('a record of type %s with data that is none makes the answer malformed', (_, type, data) => {
  expect(of({ ...asked('a.com', type), answers: [{ name: 'a.com', type, data }] })).toBe('malformed answer')
})

test('hints of service bindings count for their owner alone, whom they name as target does not get them', () => {
  const hints = [
    [1, Uint8Array.of(2, 0x68, 0x32)],
    [4, Buffer.concat([a1, a2])],
    [6, addressBytes('2001:db8::1')],
  ] as const
  const binding = (target: string) => ({
    ...asked('a.com', https),
    answers: [{ name: 'a.com', type: https, data: serviceBinding(1, target, hints) }],
  })
  const own = ['a.com c6336401 300', 'a.com c6336402 300', 'a.com 20010db8000000000000000000000001 300']
  expect(of(binding(''))).toEqual(own)
  expect(of(binding('victim.com'))).toEqual(['a.com -> victim.com 300', ...own])
})

test('a service binding that is an alias leads on, and its parameters say nothing', () => {
  const data = serviceBinding(0, 'b.net', [[4, a1]])
  expect(of({ ...asked('a.com', https), answers: [{ name: 'a.com', type: https, data }] })).toEqual([
    'a.com -> b.net 300',
  ])
})

test.each([
  [
    'keys that do not ascend',
    serviceBinding(1, '', [
      [4, a1],
      [1, a1],
    ]),
  ],
  [
    'a key twice',
    serviceBinding(1, '', [
      [4, a1],
      [4, a1],
    ]),
  ],
  ['no address in a hint', serviceBinding(1, '', [[4, new Uint8Array(0)]])],
  ['half an address', serviceBinding(1, '', [[4, a1.subarray(2)]])],
  ['IPv4 in a hint of IPv6', serviceBinding(1, '', [[6, a1]])],
  ['a parameter that is cut', serviceBinding(1, '', [[4, a1]]).subarray(0, -1)],
  ['a pointer as target', Uint8Array.of(0, 1, 0xc0, 12)],
])('a service binding with %s makes the answer malformed', (_, data) => {
  const answers = [{ name: 'a.com', type: https, data }]
  expect(of({ ...asked('a.com', https), answers })).toBe('malformed answer')
})

test('names that no host can have teach nothing, and do not hide what stands beside them', () => {
  const answers = [
    { name: 'a.com', type: 5, data: Uint8Array.of(5, 0x61, 0x2e, 0x63, 0x6f, 0x6d, 0) },
    { name: 'a.com', type: 5, data: Uint8Array.of(1, 0xe4, 0) },
    { name: 'a.com', type: 1, data: a1 },
  ]
  expect(of({ ...asked('a.com'), answers })).toEqual(['a.com c6336401 300'])
  expect(of({ ...asked('ä.com'), answers: [] })).toBe('no-lookup')
  expect(of({ ...asked(''), answers: [] })).toBe('no-lookup')
})

const header = [0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
const tail = [0, 1, 0, 1]
const long = Array.from({ length: 4 }, () => [63, ...Array<number>(63).fill(0x61)])
test.each([
  ['a name that points to itself', [0xc0, 12]],
  ['names that point to each other', [1, 0x61, 0xc0, 12]],
  ['a name that points ahead', [0xc0, 14, 1, 0x61, 0]],
  ['a label of a kind that is not used', [0x41, 0x61, 0]],
  ['a label that is cut', [5, 0x61]],
  ['a pointer that is cut', [0xc0]],
  ['more than 255 bytes', [...long.flat(), 1, 0x61, 0]],
])('%s is malformed', (_, name) => {
  expect(learnt(Uint8Array.from([...header, ...name]))).toBe('malformed')
  expect(learnt(Uint8Array.from([...header, ...name, ...tail]))).toBe('malformed')
})

test('the longest name is one', () => {
  const longest = [...Array<string>(3).fill('a'.repeat(63)), 'a'.repeat(61)].join('.')
  expect(longest).toHaveLength(253)
  expect(of(lookup(longest, [], ['198.51.100.1']))).toEqual([`${longest} c6336401 300`])
})

test('pointers to pointers are followed so far, and no farther', () => {
  // The data of the first record begins at byte 35: each pointer in it is to the one before, the first to the question.
  const throughPointers = (count: number) => {
    const data = Array.from({ length: count }, (_, index) => [0xc0, index === 0 ? 12 : 33 + index * 2]).flat()
    const owner = Uint8Array.of(0xc0, 33 + count * 2)
    const first = wire({
      ...asked('a.com'),
      answers: [{ name: 'a.com', type: 16, data: Uint8Array.from(data) }],
    })
    const rest = wire({ answers: [{ name: '', type: 1, data: a1 }] }).subarray(13)
    const bytes = Uint8Array.from(Buffer.concat([first, owner, rest]))
    bytes[7] = 2
    return learnt(bytes)
  }
  expect(throughPointers(31)).toEqual(['a.com c6336401 300'])
  expect(throughPointers(32)).toBe('malformed answer')
})

test.each([
  ['no question', { questions: [] }, 'no-lookup'],
  ['two questions', { questions: [asked('a.com').questions[0], asked('b.com').questions[0]] }, 'malformed'],
  ['another class', { questions: [{ name: 'a.com', type: 1, questionClass: 3 }] }, 'no-lookup'],
  ['an update', { ...asked('a.com'), flags: 0xa800 }, 'no-lookup'],
])('%s is told apart', (_, message, expected) => {
  expect(of(message as TestMessage)).toBe(expected)
})

test('of thousands of records so many are read as one name may have, and no more', () => {
  const many = Array.from({ length: 4000 }, (_, index) => `198.18.${index >> 8}.${index & 255}`)
  expect(of(lookup('a.com', [], many))).toHaveLength(1200)
})

test('whatever is in a message, it never throws and gives hosts and addresses only', () => {
  const seeds = [
    wire(lookup('www.example.com', ['edge.example.net', 'x.cdn.example'], ['198.51.100.1', '198.51.100.2'])),
    wire({ ...lookup('a.com', [], ['2001:db8::1']), additionals: [edns] }),
    wire({
      ...asked('a.com', https),
      answers: [{ name: 'a.com', type: https, data: serviceBinding(1, 'b.com', [[4, a1]]) }],
    }),
  ]
  const damages = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 8 })
  fc.assert(
    fc.property(fc.constantFrom(...seeds), damages, fc.nat(200), (seed, damage, end) => {
      const bytes = seed.slice(0, end < 20 ? 80 + end : seed.length)
      for (const [at, byte] of damage) if (at < bytes.length) bytes[at] = byte
      const head = readHead(bytes)
      if (typeof head === 'string') return
      const answer = readAnswer(bytes, head)
      for (const { name, target } of answer?.aliases ?? [])
        expect([name, target].join('.')).toMatch(/^[a-z0-9_.-]+$/)
      for (const { name, address } of answer?.addresses ?? []) {
        expect(name).toMatch(/^[a-z0-9_.-]+$/)
        expect(address.value < 2n ** (address.version === 4 ? 32n : 128n)).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})

test('an address is the one of its text', () => {
  expect(of(lookup('a.com', [], ['255.255.255.255']))).toEqual([
    `a.com ${ip('255.255.255.255').value.toString(16)} 300`,
  ])
})
