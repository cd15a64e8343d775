/** Packets that are almost DNS: nothing throws, what is learnt has names and addresses of hosts, and memory stays bounded. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CacheTextError, formatCache, parseCache } from '../../apps/agent/src/dns/cache/cache-text.ts'
import { NameCache } from '../../apps/agent/src/dns/cache/name-cache.ts'
import {
  edns,
  framed,
  lookup,
  queryTo,
  reversed,
  serviceBinding,
  tcpFlags,
  tcpPacket,
  toServer,
  udpPacket,
  wire,
} from '../../apps/agent/src/dns/dns.testkit.ts'
import { DnsObserver } from '../../apps/agent/src/dns/dns-observer.ts'
import { recorded, recordedAnswers } from '../../apps/agent/src/dns/recorded-answers.testkit.ts'
import { damaged, damagedText, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const toClient = reversed(toServer)
const hint = Uint8Array.of(198, 51, 100, 9)
const binding = {
  id: 7,
  questions: [{ name: 'svc.example.com', type: 65 }],
  answers: [{ name: 'svc.example.com', type: 65, data: serviceBinding(1, 'svc.example.net', [[4, hint]]) }],
}
const answers = [
  lookup('www.example.com', ['edge.example.net', 'e1.cdn.example'], ['198.51.100.1', '198.51.100.2']),
  { ...lookup('www.example.com', [], ['2001:db8::1']), additionals: [edns] },
  binding,
]
const messages = [
  ...answers.map(wire),
  ...(Object.keys(recordedAnswers) as (keyof typeof recordedAnswers)[]).map(recorded),
]
/** Each query as it was before its answer: the answer with the bits of one. */
const queries = messages.map((bytes) =>
  Uint8Array.from(bytes, (byte, at) => (at === 2 ? 1 : at === 3 ? 0 : byte)),
)
const pieces = [
  Uint8Array.of(0xc0, 12),
  Uint8Array.of(0xff, 0xff),
  Uint8Array.of(0, 5, 0, 1),
  Uint8Array.of(3, 0x63, 0x6f, 0x6d, 0),
  wire(lookup('a.com', ['b.com'], ['198.51.100.7'])).subarray(12),
]

function observing() {
  const cache = new NameCache({ lifetimes: { floorSeconds: 1, extraSeconds: 0 }, limits: { records: 50 } })
  const observer = new DnsObserver(cache)
  return { cache, observe: (payload: Uint8Array) => observer.observe([{ payload }], 1000) }
}

function expectSound(cache: NameCache): void {
  expect(cache.size).toBeLessThanOrEqual(50)
  for (const entry of cache.entries()) expect(entry.name).toMatch(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/)
}

test('what is not damaged is learnt', () => {
  const [byUdp, byPackets] = [observing(), observing()]
  for (const query of queries) byUdp.observe(udpPacket(toServer, query))
  for (const message of messages) byUdp.observe(udpPacket(toClient, message))
  for (const packet of packets) byPackets.observe(packet)
  expect([byUdp.cache.size, byPackets.cache.size]).toEqual([16, 7])
})

test('answers that are almost DNS', { timeout: fuzzTimeout }, () => {
  fc.assert(
    fc.property(fc.array(damaged(messages, pieces), { minLength: 1, maxLength: 5 }), (list) => {
      const { cache, observe } = observing()
      for (const query of queries) observe(udpPacket(toServer, query))
      for (const message of list) observe(udpPacket(toClient, message.subarray(0, 60_000)))
      expectSound(cache)
    }),
    fuzzOptions,
  )
})

const syn = (ends: typeof toServer) => tcpPacket(ends, { sequence: 0, flags: tcpFlags.syn })
const packets = [
  ...answers.flatMap((each) => [udpPacket(toServer, wire(queryTo(each))), udpPacket(toClient, wire(each))]),
  syn(toServer),
  syn(toClient),
  ...answers.map((each) => tcpPacket(toServer, { sequence: 1, data: framed(wire(queryTo(each))) })),
  ...answers.map((each) => tcpPacket(toClient, { sequence: 1, data: framed(wire(each)) })),
]

test('packets that are almost of UDP or TCP', { timeout: fuzzTimeout }, () => {
  fc.assert(
    fc.property(fc.array(damaged(packets, [...pieces, ...packets]), { maxLength: 12 }), (list) => {
      const { cache, observe } = observing()
      for (const packet of [...packets.slice(0, 8), ...list]) observe(packet)
      expectSound(cache)
    }),
    fuzzOptions,
  )
})

test('texts that are almost a saved cache', { timeout: fuzzTimeout }, () => {
  const { cache, observe } = observing()
  for (const packet of packets) observe(packet)
  const text = [...formatCache(cache.eachEntry(), 1000)].join('')
  fc.assert(
    fc.property(damagedText([text], ['"name":', '1e999', 'null', '{}', '[', '-1']), (damagedOne) => {
      const restored = observing().cache
      try {
        const { entries, savedMs } = parseCache(damagedOne)
        restored.restore(entries, savedMs, 1000)
      } catch (error) {
        expect(error).toBeInstanceOf(CacheTextError)
      }
      expectSound(restored)
    }),
    fuzzOptions,
  )
})
