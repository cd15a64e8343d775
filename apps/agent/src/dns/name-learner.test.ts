import type { LoggedPacket, QueuedPacket } from '@margay/netlink'
import { formatIp, type Ip, parseIp } from '@margay/netset'
import type { DnsSettings, NamedAddress } from '@margay/policy'
import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { NameCache } from './cache/name-cache.ts'
import type { HeldDns } from './dns-hold.ts'
import type { Observed } from './dns-observer.ts'
import { type DesiredNames, NameLearner, ttlFloorSeconds } from './name-learner.ts'

const ip = (text: string) => parseIp(text) as Ip
const origin = { server: ip('10.0.0.10'), client: ip('10.65.0.1') }
const settings: DnsSettings = {
  trustedServers: [],
  mode: 'DelayDNSResponse',
  extraTtlSeconds: 0,
  cacheSaveSeconds: 60,
  cacheEpoch: 0,
  queueNumber: 101,
  queueSize: 100,
  problems: [],
}
const servers = [{ address: ip('10.0.0.10'), port: 53 }]
const anything = { text: 'anything', isAsked: () => true, isSaid: () => false }

/** Of a node in which everything that happens is written down. */
class Node {
  readonly clock = new FakeClock()
  readonly cache: NameCache
  readonly happened: string[] = []
  held: HeldDns | undefined
  /** Copies that wait to be read. */
  readonly questions: LoggedPacket[] = []
  failing: string | undefined
  readonly learner: NameLearner

  constructor(records = 100) {
    this.cache = new NameCache({ lifetimes: { floorSeconds: 0, extraSeconds: 0 }, limits: { records } })
    this.learner = this.#learner()
  }

  #learner(): NameLearner {
    return new NameLearner({
      cache: this.cache,
      observer: { observe: (packets, nowMs) => this.#observe(packets, nowMs) },
      hold: {
        want: (wanted) => {
          if (this.failing === 'hold') throw new Error('EBUSY')
          this.held = wanted
        },
        questions: () => this.questions.splice(0),
        accept: (packets) => {
          if (packets.length > 0) this.happened.push(`delivered ${packets.map(({ id }) => id)}`)
        },
        close: () => this.happened.push('closed'),
      },
      keeper: { note: () => undefined, saveSeconds: 60 },
      learn: (changes) => this.#learn(changes),
      clock: this.clock,
      log: (line) => this.happened.push(`log: ${line}`),
    })
  }

  desire(change: Partial<DesiredNames> = {}): void {
    this.learner.desire({ settings, servers, interfacePrefixes: ['cali'], asked: anything, ...change })
  }

  /** An answer that says that `www.example.com` has this address. */
  answer(id: number, address: string, ttlSeconds = 1): void {
    this.learner.take([{ id, payload: Buffer.from(`${address} ${ttlSeconds}`) } as unknown as QueuedPacket])
  }

  #observe(packets: Iterable<Pick<QueuedPacket, 'payload'>>, nowMs: number): Observed {
    const learnt = [...packets].map(({ payload }) => {
      const [address = '', ttl] = Buffer.from(payload).toString().split(' ')
      if (address === 'broken') throw new Error('broken')
      const record = { name: 'www.example.com', address: ip(address), ttlSeconds: Number(ttl) }
      const answer = { question: { name: 'www.example.com', type: 1 }, aliases: [], addresses: [record] }
      return { answer, origin, atMs: nowMs }
    })
    const changed = learnt.flatMap(({ answer }) => this.cache.learn(answer, origin, nowMs))
    return { kinds: learnt.map(() => 'answer'), changed, learnt }
  }

  #learn(changes: readonly NamedAddress[]): void {
    if (this.failing === 'learn') throw new Error('ENOBUFS')
    for (const { address, names } of changes)
      this.happened.push(`${formatIp(address)} is ${names.join() || 'nobody'}`)
  }
}

test('the kernel knows the address before the answer goes on', async () => {
  const node = new Node()
  node.desire()
  node.answer(1, '203.0.113.1')
  expect(node.happened).toEqual(['203.0.113.1 is www.example.com', 'delivered 1'])
})

test('without delay it goes on first', async () => {
  const node = new Node()
  node.desire({ settings: { ...settings, mode: 'NoDelay' } })
  node.answer(1, '203.0.113.1')
  expect(node.happened).toEqual(['delivered 1', '203.0.113.1 is www.example.com'])
})

test('it is forgotten when its time is over, and not sooner', async () => {
  const node = new Node()
  node.desire({ settings: { ...settings, extraTtlSeconds: 5 } })
  node.answer(1, '203.0.113.1')
  await node.clock.advance((ttlFloorSeconds + 5) * 1000 - 1)
  expect(node.happened).not.toContain('203.0.113.1 is nobody')
  await node.clock.advance(100)
  expect(node.happened).toContain('203.0.113.1 is nobody')
})

test('what ends sooner than what is waited for is not forgotten later', async () => {
  const node = new Node()
  node.desire()
  node.answer(1, '203.0.113.1', 3600)
  node.answer(2, '203.0.113.2', 1)
  await node.clock.advance(ttlFloorSeconds * 1000 + 100)
  expect(node.happened).toContain('203.0.113.2 is nobody')
  expect(node.happened).not.toContain('203.0.113.1 is nobody')
})

test('DNS goes on, whatever happens to what it teaches', async () => {
  const node = new Node()
  node.desire()
  node.failing = 'learn'
  node.answer(1, '203.0.113.1')
  expect(node.happened).toContain('delivered 1')
  expect(node.learner.problems).toEqual([expect.stringContaining('ENOBUFS')])
  node.failing = undefined
  expect(() => node.answer(2, 'broken')).toThrow('broken')
  expect(node.happened).toContain('delivered 2')
  node.answer(3, '203.0.113.3')
  expect(node.learner.problems).toEqual([])
})

test('where nobody asks about names, or believes anybody, DNS is let be', async () => {
  const node = new Node()
  node.desire({ asked: { text: '', isAsked: () => false, isSaid: () => false } })
  expect(node.held).toBeUndefined()
  node.desire({ servers: [] })
  expect(node.held).toBeUndefined()
  node.desire()
  expect(node.held).toEqual({ number: 101, maxLength: 100, servers, interfacePrefixes: ['cali'] })
})

test('a queue that another has is asked for again', async () => {
  const node = new Node()
  node.failing = 'hold'
  node.desire()
  expect(node.learner.problems).toEqual([expect.stringContaining('EBUSY')])
  node.failing = undefined
  await node.clock.advance(1000)
  expect(node.held).toBeDefined()
  expect(node.learner.problems).toEqual([])
})

test('another epoch forgets all, and other names that are asked about are told anew', async () => {
  const node = new Node()
  node.desire()
  node.answer(1, '203.0.113.1', 3600)
  node.happened.length = 0
  node.desire({ asked: { text: 'others', isAsked: () => true, isSaid: () => false } })
  expect(node.happened).toEqual(['203.0.113.1 is www.example.com'])
  node.desire({
    settings: { ...settings, cacheEpoch: 1 },
    asked: { text: 'others', isAsked: () => true, isSaid: () => false },
  })
  expect(node.happened.at(-1)).toBe('203.0.113.1 is nobody')
})

test('a name that says nothing new of an address is not told, and ends with the others', async () => {
  const node = new Node()
  node.desire({ asked: { ...anything, isSaid: () => true } })
  node.answer(1, '203.0.113.1')
  expect(node.happened).toEqual(['delivered 1'])
  await node.clock.advance(ttlFloorSeconds * 1000 + 100)
  expect(node.happened).toContain('203.0.113.1 is nobody')
})

test('what made room for others is taken from the kernel, also where all that is said of it seemed to be known', async () => {
  const node = new Node(2)
  node.desire({ asked: { ...anything, isSaid: () => true } })
  for (const last of [1, 2]) node.answer(last, `203.0.113.${last}`, 3600)
  // The first is told again, and gives way to the others of the same moment.
  const answers = [1, 3, 4].map((last) => ({ id: last, payload: Buffer.from(`203.0.113.${last} 3600`) }))
  node.learner.take(answers as unknown as QueuedPacket[])
  expect(node.cache.namesOf(ip('203.0.113.1'))).toEqual([])
  await node.clock.advance(100)
  expect(node.happened).toContain('203.0.113.1 is nobody')
})

test('questions that wait are looked at before the packets that came, and no verdict is for them', () => {
  const node = new Node()
  node.desire()
  node.happened.length = 0
  node.questions.push({ payload: Buffer.from('10.9.9.1 60') } as unknown as LoggedPacket)
  node.answer(7, '10.9.9.2')
  expect(node.happened.filter((it) => it.startsWith('delivered'))).toEqual(['delivered 7'])
  expect([...node.cache.addresses()].map(formatIp)).toEqual(['10.9.9.1', '10.9.9.2'])
  expect(node.questions).toEqual([])
})
