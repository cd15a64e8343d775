import { type Ip, parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { NameCache, type NameCacheOptions } from './name-cache.ts'

const ip = (text: string) => parseIp(text) as Ip
const server = ip('10.96.0.10')
const [calm, loud] = [ip('10.244.0.7'), ip('10.244.0.8')]
const address = (number: number): Ip => ({ version: 4, value: 0xc633_0000n + BigInt(number) })
const lifetimes = { floorSeconds: 0, extraSeconds: 0 }

/** A cache, and a client that is told something at a time. */
function setUp(options: Partial<NameCacheOptions> = {}) {
  const cache = new NameCache({ lifetimes, ...options })
  const told = (client: Ip, name: string, leadsTo: string | readonly Ip[], nowMs = 0, ttlSeconds = 60) => {
    const aliases = typeof leadsTo === 'string' ? [{ name, target: leadsTo, ttlSeconds }] : []
    const addresses =
      typeof leadsTo === 'string' ? [] : leadsTo.map((each) => ({ name, address: each, ttlSeconds }))
    return cache.learn({ question: { name, type: 1 }, aliases, addresses }, { server, client }, nowMs)
  }
  return { cache, told }
}

test('a flood of names that policy does not name pushes out nothing that it names', () => {
  const matters = (name: string) => name === 'api.example.com'
  const { cache, told } = setUp({ matters, limits: { records: 10 } })
  told(calm, 'api.example.com', 'edge.example.net')
  told(calm, 'edge.example.net', [address(1)])
  for (let n = 0; n < 1000; n++) told(n % 2 === 0 ? loud : calm, `n${n}.evil.com`, [address(n + 2)])
  expect(cache.namesOf(address(1))).toEqual(['api.example.com', 'edge.example.net'])
  expect(cache.size).toBe(10)
})

test('a flood of names that a wildcard names pushes out what the one who floods was told, and nothing of others', () => {
  const { cache, told } = setUp({ limits: { records: 10 } })
  told(calm, 'api.example.com', [address(1)])
  for (let n = 0; n < 1000; n++) told(loud, `n${n}.evil.com`, [address(n + 2)])
  expect(cache.namesOf(address(1))).toEqual(['api.example.com'])
  expect(cache.namesOf(address(1001))).toEqual(['n999.evil.com'])
  expect(cache.counts['older-gone']).toBe(1000 + 1 - 10)
})

test.each([
  ['before', [loud, calm]],
  ['after', [calm, loud]],
])('who asks for the same %s another one, and then floods, takes nothing away', (_, clients) => {
  const { cache, told } = setUp({ limits: { records: 10 } })
  for (const client of clients) told(client, 'api.example.com', [address(1)])
  for (let n = 0; n < 1000; n++) told(loud, `n${n}.evil.com`, [address(n + 2)])
  expect(cache.namesOf(address(1))).toEqual(['api.example.com'])
})

test('where all room is of names that matter, one that does not is refused', () => {
  const { cache, told } = setUp({ matters: (name) => name.endsWith('.com'), limits: { records: 2 } })
  told(calm, 'a.com', [address(1), address(2)])
  expect(told(loud, 'a.net', [address(3)])).toEqual([])
  expect([cache.size, cache.counts.full, cache.namesOf(address(3))]).toEqual([2, 1, []])
})

test('of thousands of addresses in one answer the first are known, and no other name loses by it', () => {
  const { cache, told } = setUp()
  told(calm, 'a.com', [address(0)])
  const many = Array.from({ length: 5000 }, (_, n) => address(n + 1))
  expect(told(loud, 'b.com', many)).toEqual(many.slice(0, 1000))
  expect(cache.counts['too-many-addresses']).toBe(4000)
  expect(cache.namesOf(address(0))).toEqual(['a.com'])
})

test('addresses of a name that rotate without end: the latest are known, and memory is bounded', () => {
  const { cache, told } = setUp()
  for (let n = 0; n < 5000; n++) told(calm, 'a.com', [address(n)], n)
  expect(cache.size).toBe(1000)
  expect([cache.namesOf(address(3999)), cache.namesOf(address(4000))]).toEqual([[], ['a.com']])
})

test('an address that is told again is not the oldest any more', () => {
  const { cache, told } = setUp({ limits: { addressesOfName: 2 } })
  told(calm, 'a.com', [address(1)])
  told(calm, 'a.com', [address(2)])
  told(calm, 'a.com', [address(1)])
  told(calm, 'a.com', [address(3)])
  expect([1, 2, 3].map((n) => cache.namesOf(address(n)).length)).toEqual([1, 0, 1])
})

test('names that do not matter can lead to one in bounded number; those that matter always can', () => {
  const matters = (name: string) => name === 'api.example.com'
  const { cache, told } = setUp({ matters })
  told(calm, 'edge.example.net', [address(1)])
  for (let n = 0; n < 1000; n++) expect(told(loud, `n${n}.evil.com`, 'edge.example.net')).toEqual([])
  expect(cache.namesOf(address(1))).toHaveLength(101)
  expect(told(calm, 'api.example.com', 'edge.example.net')).toEqual([address(1)])
  expect(cache.counts['too-many-aliases']).toBe(900)
})

test.each([
  ['0.0.0.0', '0.1.2.3', '127.0.0.1', '169.254.169.254', '224.0.0.251', '239.255.255.250', '255.255.255.255'],
  ['::', '::1', '::198.51.100.1', 'fe80::1', 'ff02::fb'],
])('addresses that no name outside has are not learnt: %s and others of that version', (...texts) => {
  const { cache, told } = setUp()
  expect(told(calm, 'evil.com', texts.map(ip))).toEqual([])
  expect(cache.counts['unlearnable-address']).toBe(texts.length)
})

test('an IPv4-mapped address is not learnt, and addresses beside those that are not are', () => {
  const { cache, told } = setUp()
  expect(told(calm, 'evil.com', [{ version: 6, value: 0xffff_c633_6401n }])).toEqual([])
  const learnable = ['1.0.0.0', '10.0.0.1', '126.255.255.255', '128.0.0.0', '223.255.255.255', 'fd00::1'].map(
    ip,
  )
  expect(told(calm, 'good.com', learnable)).toEqual(learnable)
  expect(cache.size).toBe(learnable.length)
})

test('floor and extra time count for what is known too; a shorter TTL takes nothing back', () => {
  const { cache, told } = setUp()
  told(calm, 'a.com', [address(1)], 0, 60)
  told(calm, 'a.com', [address(1)], 10_000, 1)
  expect(cache.nextExpiryMs).toBe(60_000)
  cache.setLifetimes({ floorSeconds: 0, extraSeconds: 5 })
  expect(cache.nextExpiryMs).toBe(65_000)
  cache.setLifetimes({ floorSeconds: 120, extraSeconds: 5 })
  expect(cache.nextExpiryMs).toBe(135_000)
})

test.each([
  [2 ** 31, 0],
  [2 ** 32 - 1, 0],
  [2 ** 31 - 1, 86_400_000],
])('an absurd TTL of %i seconds ends after %i ms', (ttlSeconds, endMs) => {
  const { cache, told } = setUp()
  told(calm, 'a.com', [address(1)], 0, ttlSeconds)
  expect(cache.nextExpiryMs).toBe(endMs)
})

test('flush forgets everything', () => {
  const { cache, told } = setUp()
  told(calm, 'a.com', 'b.com')
  told(calm, 'b.com', 'a.com')
  told(calm, 'b.com', [address(1), address(2)])
  expect(cache.flush()).toEqual([address(1), address(2)])
  expect([cache.size, cache.nextExpiryMs, cache.namesOf(address(1))]).toEqual([0, undefined, []])
})

test('entries tell name, address or target, end, and the answer that told it last', () => {
  const { cache, told } = setUp({ matters: (name) => name === 'a.com' })
  told(calm, 'b.com', [address(1)], 0, 60)
  told(loud, 'b.com', [address(1)], 5000, 60)
  told(calm, 'a.com', 'b.com', 6000, 10)
  expect(cache.entries()).toMatchObject([
    {
      kind: 'alias',
      name: 'a.com',
      target: 'b.com',
      untilMs: 16_000,
      matters: true,
      source: { client: calm },
    },
    {
      kind: 'address',
      name: 'b.com',
      address: address(1),
      untilMs: 65_000,
      matters: true,
      source: { server, client: loud, question: { name: 'b.com', type: 1 } },
    },
  ])
})
