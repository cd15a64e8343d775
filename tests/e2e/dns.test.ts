/**
 * DNS policy on the real thing: dnsmasq, real packets, programs that ask and connect at once. Needs root; runs a lab of its own.
 * MARGAY_DNS_CONNECTIONS: how many first connections are tried; 1,000 unless told, 10,000 for the whole proof.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsLab, type Version } from './dns/dns-lab.ts'

let lab: DnsLab
const count = Number(process.env.MARGAY_DNS_CONNECTIONS ?? 1000)
const versions: readonly Version[] = [4, 6]
const allowed = [
  'rotate.test',
  '*.rotate.test',
  'fixed-7.test',
  'chain-3.test',
  'many-200.test',
  'big.many-30.test',
  'hints.test',
  'www.*.fixed-21.test',
]

beforeAll(async () => {
  lab = await DnsLab.start('e2e-dns')
  await lab.allow('names', { domains: allowed }, 'fixed-7.test')
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

describe('first connections, at once when the answer is there', () => {
  /** All connect, each to another address. Of one name dnsmasq asks once for all that ask at the same time: concurrency 1. */
  async function allConnect(
    pod: string,
    name: string,
    count: number,
    { version = 4, concurrency = 1 }: { readonly version?: Version; readonly concurrency?: number } = {},
  ): Promise<void> {
    const client = await lab.clientIn(pod)
    const result = await client.firstConnections(lab.question(name, { version }), count, { concurrency })
    console.log(`${name} from ${pod}, IPv${version}: ${JSON.stringify(result)}`)
    expect(result.problems).toEqual([])
    expect(result).toMatchObject({ tried: count, connected: count, failed: 0, unresolved: 0 })
    expect(result.addresses).toBe(count)
  }

  test(`${count} of ${count} succeed where the addresses of a name rotate and the TTL is 1`, async () => {
    await allConnect('a1', 'rotate.test', count)
  }, 300_000)

  test('over IPv6', () => allConnect('a1', 'rotate.test', count / 10, { version: 6 }))

  test('of a name each, by a wildcard, many at once', async () => {
    await allConnect('a2', 'n#.deep.rotate.test', count / 2, { concurrency: 16 })
  }, 300_000)

  test('on the node of the resolver', () => allConnect('b1', 'rotate.test', count / 10))

  test('by several pods at once', async () => {
    const names = ['one-#.rotate.test', 'two-#.rotate.test', 'three-#.rotate.test']
    const pods = ['a1', 'a2', 'b1']
    await Promise.all(
      names.map((name, index) => allConnect(pods[index] ?? '', name, count / 10, { concurrency: 4 })),
    )
  })
})

describe('names that policy does not have', () => {
  test('are resolved, and never connect', async () => {
    const client = await lab.clientIn('a1')
    for (const version of versions) {
      const question = lab.question('fixed-4#.test', { version })
      const result = await client.firstConnections(question, 40, { concurrency: 40 })
      expect(result).toMatchObject({ tried: 40, connected: 0, failed: 40, unresolved: 0 })
    }
  })

  test('are those next to a wildcard, and below an exact one', async () => {
    expect(await lab.tries('a1', 'www.one.two.fixed-21.test')).toBe('connected')
    for (const name of ['www.fixed-22.test', 'a.www.fixed-23.test', 'below.fixed-24.test'])
      expect(await lab.tries('a1', name), name).toBe('failed')
  })

  test('have no address by a name that is allowed: what was never answered does not connect', async () => {
    const client = await lab.clientIn('a1')
    expect(await client.connects('100.64.200.1')).toBe(false)
    expect(await client.connects('fd64::c801')).toBe(false)
  })

  test('are let by no resolver that nobody trusts', async () => {
    for (const version of versions) {
      const client = await lab.clientIn('a1')
      const question = lab.question('n#.rotate.test', { version, resolver: 'rogue' })
      const result = await client.firstConnections(question, 20, { concurrency: 20 })
      expect(result).toMatchObject({ tried: 20, connected: 0, failed: 20, addresses: 20 })
    }
  })
})

describe('answers of all forms', () => {
  test.each(versions)('a chain of aliases leads to the addresses at its end, over IPv%d', async (version) => {
    expect(await lab.tries('a1', 'chain-3.test', { version })).toBe('connected')
    // The address has that name now, whoever is asked for another one.
    expect(await lab.tries('a1', 'chain-4.test', { version })).toBe('connected')
  })

  test('over TCP', async () => {
    for (const version of versions)
      for (const by of ['tcp', 'c-ares'] as const)
        expect(await lab.tries('a2', 'tcp.rotate.test', { version, by })).toBe('connected')
  })

  test('over TCP, many at once', async () => {
    const client = await lab.clientIn('a1')
    const question = lab.question('t#.rotate.test', { by: 'tcp' })
    const result = await client.firstConnections(question, 100, { concurrency: 4 })
    expect(result.problems).toEqual([])
    expect(result.connected).toBe(100)
  })

  test('one that is truncated, and asked for again over TCP: all of its addresses', async () => {
    const client = await lab.clientIn('a1')
    const short = await client.resolve(lab.question('many-200.test', { by: 'udp' }))
    expect(short.isTruncated).toBe(true)
    expect(await client.connects('100.64.3.232')).toBe(false)
    const { addresses } = await client.resolve(lab.question('many-200.test'))
    expect(addresses).toHaveLength(200)
    for (const address of addresses.filter((_, index) => index % 20 === 0))
      expect(await client.connects(address), address).toBe(true)
  })

  test('a long one over UDP, as EDNS allows it', async () => {
    const client = await lab.clientIn('a2')
    const question = { ...lab.question('big.many-30.test', { by: 'udp' }), payloadBytes: 1232 }
    const { addresses, isTruncated } = await client.resolve(question)
    expect({ count: addresses.length, isTruncated }).toEqual({ count: 30, isTruncated: false })
    expect(await client.connects(addresses.at(-1) ?? '')).toBe(true)
  })

  test('hints of HTTPS records', async () => {
    const client = await lab.clientIn('a1')
    for (const address of ['100.64.0.2', 'fd64::2']) expect(await client.connects(address)).toBe(false)
    const { records } = await client.resolve(lab.question('hints.test', { type: 'HTTPS', by: 'udp' }))
    expect(records).toBe(1)
    for (const address of ['100.64.0.2', 'fd64::2']) expect(await client.connects(address)).toBe(true)
  })
})
