import { expect, test } from 'vitest'
import { NameCache } from './cache/name-cache.ts'
import {
  addressBytes,
  answerFlags,
  framed,
  ip,
  lookup,
  queryTo,
  reversed,
  serviceBinding,
  type TestEnds,
  type TestMessage,
  tcpFlags,
  tcpPacket,
  texts,
  toServer,
  udpPacket,
  wire,
} from './dns.testkit.ts'
import { DnsObserver, type IgnoredReason, type ObservedPacket } from './dns-observer.ts'
import { recorded, recordedAnswers } from './recorded-answers.testkit.ts'

const lifetimes = { floorSeconds: 0, extraSeconds: 0 }
const nowMs = Date.parse('2026-01-02T03:04:05Z')
const toClient = reversed(toServer)

function setUp() {
  const cache = new NameCache({ lifetimes })
  const observer = new DnsObserver(cache)
  const observe = (...payloads: readonly Uint8Array[]) =>
    observer.observe(
      payloads.map((payload) => ({ payload })),
      nowMs,
    )
  return { cache, observer, observe }
}

const queryPacket = (answer: TestMessage, ends = toServer) => udpPacket(ends, wire(queryTo(answer)))
const answerPacket = (answer: TestMessage, ends = toClient) => udpPacket(ends, wire(answer))

/** All but zero. */
function ignoredBy({ counts }: DnsObserver): Partial<Record<IgnoredReason, number>> {
  return Object.fromEntries(Object.entries(counts.ignored).filter(([, count]) => count > 0))
}

test('a query, its answer, and something else are told apart, and all that was learnt comes at once', () => {
  const { cache, observer, observe } = setUp()
  const [first, second] = [
    lookup('a.com', ['b.net'], ['198.51.100.1']),
    lookup('c.com', [], ['2001:db8::1'], 8),
  ]
  const { kinds, changed } = observe(
    queryPacket(first),
    queryPacket(second),
    Uint8Array.of(1, 2, 3),
    answerPacket(second),
    answerPacket(first),
  )
  expect(kinds).toEqual(['query', 'query', 'other', 'answer', 'answer'])
  expect(texts(changed)).toEqual(['2001:db8::1', '198.51.100.1'])
  expect(cache.namesOf(ip('198.51.100.1'))).toEqual(['a.com', 'b.net'])
  expect(observer.counts).toMatchObject({ queries: 2, learnt: 2 })
  expect(ignoredBy(observer)).toEqual({ 'no-packet': 1 })
})

test('case that a client mixes in is given back or not: both are its answer', () => {
  const { cache, observe } = setUp()
  observe(queryPacket(lookup('wWw.ExAmple.cOm', [], ['198.51.100.1'])))
  observe(answerPacket(lookup('www.example.com', [], ['198.51.100.1'])))
  expect(cache.namesOf(ip('198.51.100.1'))).toEqual(['www.example.com'])
})

const answer = lookup('a.com', [], ['198.51.100.1'])
const from = (difference: Partial<TestEnds>): TestEnds => ({ ...toClient, ...difference })
test.each<[string, Uint8Array, IgnoredReason]>([
  ['another number', answerPacket({ ...answer, id: 8 }), 'wrong-transaction'],
  ['another question', answerPacket(lookup('b.com', [], ['198.51.100.1'])), 'wrong-transaction'],
  ['another server', answerPacket(answer, from({ source: '10.244.0.9' })), 'wrong-server'],
  ['another pod', answerPacket(answer, from({ destination: '10.244.0.8' })), 'unasked'],
  ['another port', answerPacket(answer, from({ destinationPort: 40_001 })), 'unasked'],
  ['an error', answerPacket({ ...answer, flags: answerFlags | 3 }), 'error'],
  ['no records', answerPacket({ ...answer, answers: [] }), 'no-records'],
  [
    'records of others',
    answerPacket({ ...answer, answers: [], additionals: answer.answers ?? [] }),
    'no-records',
  ],
  ['half a record', answerPacket(answer).subarray(0, -1), 'no-packet'],
  ['half a message', udpPacket(toClient, wire(answer).subarray(0, -1)), 'malformed'],
  ['no question', answerPacket({ ...answer, questions: [] }), 'no-lookup'],
])('an answer with %s is not learnt, and counted', (_, payload, reason) => {
  const { cache, observer, observe } = setUp()
  const { changed } = observe(queryPacket(answer), payload)
  expect([changed, cache.size, ignoredBy(observer)]).toEqual([[], 0, { [reason]: 1 }])
})

test('an answer that nobody asked for, and one that comes twice, are not learnt', () => {
  const { cache, observer, observe } = setUp()
  observe(answerPacket(answer), queryPacket(answer), answerPacket(answer), answerPacket(answer))
  expect([cache.size, ignoredBy(observer)]).toEqual([1, { unasked: 2 }])
})

test('where the kernel says which way a packet goes, a message that says the opposite is not believed', () => {
  const { cache, observer } = setUp()
  const packets: ObservedPacket[] = [
    { payload: queryPacket(answer), way: 'to-server' },
    { payload: answerPacket(answer), way: 'to-server' },
    { payload: queryPacket(answer), way: 'from-server' },
  ]
  expect(observer.observe(packets, nowMs).kinds).toEqual(['query', 'other', 'other'])
  expect([cache.size, ignoredBy(observer)]).toEqual([0, { 'wrong-way': 2 }])
})

test('a pod that sends itself an answer from its own address teaches nothing', () => {
  const { cache, observe } = setUp()
  observe(queryPacket(answer), answerPacket(answer, { ...toClient, source: toClient.destination }))
  expect(cache.size).toBe(0)
})

test('an answer over TCP is learnt with the segment that ends it', () => {
  const { cache, observe } = setUp()
  const [question, reply] = [framed(wire(queryTo(answer))), framed(wire(answer))]
  const kinds = [
    tcpPacket(toServer, { sequence: 100, flags: tcpFlags.syn }),
    tcpPacket(toClient, { sequence: 200, flags: tcpFlags.syn | tcpFlags.ack }),
    tcpPacket(toServer, { sequence: 101, data: question }),
    tcpPacket(toClient, { sequence: 201, data: reply.subarray(0, 20) }),
    tcpPacket(toClient, { sequence: 221, data: reply.subarray(20) }),
  ].map((payload) => observe(payload).kinds[0])
  expect(kinds).toEqual(['other', 'other', 'query', 'other', 'answer'])
  expect(cache.namesOf(ip('198.51.100.1'))).toEqual(['a.com'])
})

test('an answer over TCP to a query over UDP is not one', () => {
  const { cache, observer, observe } = setUp()
  observe(
    queryPacket(answer),
    tcpPacket(toClient, { sequence: 200, flags: tcpFlags.syn }),
    tcpPacket(toClient, { sequence: 201, data: framed(wire(answer)) }),
  )
  expect([cache.size, ignoredBy(observer)]).toEqual([0, { unasked: 1 }])
})

test('over IPv6 as over IPv4', () => {
  const { cache, observe } = setUp()
  const ends = { ...toServer, source: 'fd00::7', destination: 'fd00::a' }
  observe(queryPacket(answer, ends), answerPacket(answer, reversed(ends)))
  expect(cache.entries()).toMatchObject([
    { name: 'a.com', source: { client: ip('fd00::7'), server: ip('fd00::a') } },
  ])
})

test('a service binding of somebody can not give their address to the name of another', () => {
  const { cache, observe } = setUp()
  const data = serviceBinding(1, 'victim.com', [[4, addressBytes('203.0.113.66')]])
  const questions = [{ name: 'evil.com', type: 65 }]
  const binding = { id: 7, flags: answerFlags, questions, answers: [{ name: 'evil.com', type: 65, data }] }
  observe(queryPacket(binding), answerPacket(binding))
  expect(cache.namesOf(ip('203.0.113.66'))).toEqual(['evil.com'])
})

test('recorded answers teach what is in them', () => {
  const { cache, observer, observe } = setUp()
  for (const name of Object.keys(recordedAnswers) as (keyof typeof recordedAnswers)[]) {
    const bytes = recorded(name)
    const asked = bytes.slice()
    asked.set([1, 0], 2)
    observe(udpPacket(toServer, asked), udpPacket(toClient, bytes))
  }
  expect(cache.namesOf(ip('198.51.100.8'))).toEqual([
    'e1.cdn.example.org',
    'www.example.com',
    'www.example.com.edge.example.net',
  ])
  expect(cache.namesOf(ip('198.51.100.7'))).toContain('example.com')
  expect(cache.namesOf(ip('2001:db8::ffff:1'))).toEqual(['example.com'])
  expect(cache.namesOf(ip('198.51.100.9'))).toEqual(['a.new.example', 'a.old.example'])
  expect(cache.namesOf(ip('203.0.113.5'))).toEqual([])
  expect(ignoredBy(observer)).toEqual({ error: 1 })
})
