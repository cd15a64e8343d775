/** The cache knows what the slow one knows, and tells exactly what changed. */
import { formatIp, type Ip, parseIp } from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DnsAnswer } from '../message/dns-answer.ts'
import type { Lifetimes } from './lifetimes.ts'
import { NameCache } from './name-cache.ts'
import type { CacheLimits } from './record-store.ts'
import { SlowCache } from './slow-cache.testkit.ts'

const ip = (text: string) => parseIp(text) as Ip
const names = ['a.com', 'b.com', 'c.com', 'd.com', 'e.com']
const addresses = ['198.51.100.1', '198.51.100.2', '10.1.1.1', '2001:db8::1', '2001:db8::2'].map(ip)
const origin = { server: ip('10.96.0.10'), client: ip('10.244.0.7') }

const name = fc.constantFrom(...names)
const ttlSeconds = fc.constantFrom(0, 1, 5, 30, 86_400, 900_000, 2 ** 31, 2 ** 32 - 1)
const answer: fc.Arbitrary<DnsAnswer> = fc.record({
  question: fc.record({ name, type: fc.constant(1) }),
  aliases: fc.array(fc.record({ name, target: name, ttlSeconds }), { maxLength: 4 }),
  addresses: fc.array(fc.record({ name, address: fc.constantFrom(...addresses), ttlSeconds }), {
    maxLength: 4,
  }),
})
const lifetimes = fc.record({ floorSeconds: fc.constantFrom(0, 10), extraSeconds: fc.constantFrom(0, 7) })

type Step =
  | { readonly kind: 'learn'; readonly answer: DnsAnswer }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'expireNext' }
  | { readonly kind: 'lifetimes'; readonly lifetimes: Lifetimes }
  | { readonly kind: 'matters'; readonly named: readonly string[] }

const named = fc.subarray(names)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('learn' as const), answer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(40_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expireNext' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lifetimes' as const), lifetimes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('matters' as const), named }) },
)

/** Both caches, side by side. */
class Pair {
  readonly fast: NameCache
  readonly slow: SlowCache
  nowMs = Date.parse('2026-01-02T03:04:05Z')
  named: readonly string[]

  constructor(start: Lifetimes, named: readonly string[], limits: Partial<CacheLimits> = {}) {
    this.named = named
    this.fast = new NameCache({ lifetimes: start, matters: (name) => this.named.includes(name), limits })
    this.slow = new SlowCache(start)
  }

  take(step: Step): Ip[] {
    switch (step.kind) {
      case 'learn':
        this.slow.learn(step.answer, this.nowMs)
        return this.fast.learn(step.answer, origin, this.nowMs)
      case 'wait':
        return this.#expireAt(this.nowMs + step.ms)
      case 'expireNext':
        return this.#expireAt(this.fast.nextExpiryMs ?? this.nowMs)
      case 'lifetimes':
        this.slow.lifetimes = step.lifetimes
        this.fast.setLifetimes(step.lifetimes)
        return []
      case 'matters':
        this.named = step.named
        this.fast.setMatters((name) => step.named.includes(name))
        return []
    }
  }

  #expireAt(ms: number): Ip[] {
    this.nowMs = Math.max(this.nowMs, ms)
    this.slow.expire(this.nowMs)
    return this.fast.expire(this.nowMs)
  }
}

const namesIn = (cache: NameCache | SlowCache) => addresses.map((address) => cache.namesOf(address).join(' '))
const changedFrom = (before: readonly string[], after: readonly string[]) =>
  addresses.filter((_, index) => before[index] !== after[index]).map(formatIp)

test('names of addresses, ends, and what changed are those of the slow cache', () => {
  fc.assert(
    fc.property(lifetimes, fc.array(step, { maxLength: 30 }), (start, steps) => {
      const pair = new Pair(start, names)
      for (const each of steps.filter(({ kind }) => kind !== 'matters')) {
        const before = namesIn(pair.slow)
        const changed = pair.take(each).map(formatIp)
        const after = namesIn(pair.slow)
        expect(namesIn(pair.fast)).toEqual(after)
        const named = addresses.filter((_, index) => after[index] !== '')
        expect(Array.from(pair.fast.addresses(), formatIp).sort()).toEqual(named.map(formatIp).sort())
        expect(pair.fast.nextExpiryMs).toBe(pair.slow.nextExpiryMs())
        expect(changed.toSorted()).toEqual(changedFrom(before, after).toSorted())
      }
    }),
    { numRuns: 300 },
  )
})

test('what matters is what policy names or what a name that matters leads to, and no such change is kept back', () => {
  fc.assert(
    fc.property(lifetimes, named, fc.array(step, { maxLength: 30 }), (start, first, steps) => {
      const pair = new Pair(start, first)
      for (const each of steps) {
        const [all, needed] = [namesIn(pair.slow), neededIn(pair)]
        const changed = pair.take(each).map(formatIp)
        for (const { name, matters } of pair.fast.entries())
          expect([name, matters]).toEqual([name, pair.slow.above(name).some((it) => pair.named.includes(it))])
        if (each.kind === 'matters') continue
        expect(changedFrom(all, namesIn(pair.slow))).toEqual(expect.arrayContaining(changed))
        expect(changed).toEqual(expect.arrayContaining(changedFrom(needed, neededIn(pair))))
      }
    }),
    { numRuns: 300 },
  )
})

function neededIn({ slow, named }: Pair): string[] {
  return addresses.map((address) =>
    slow
      .namesOf(address)
      .filter((name) => named.includes(name))
      .join(' '),
  )
}

test('with little room it stays within it, all its parts agree, and nothing is left when all is over', () => {
  const room = fc.integer({ min: 1, max: 6 })
  fc.assert(
    fc.property(named, fc.array(step, { maxLength: 60 }), room, (first, steps, records) => {
      const limits = { records, addressesOfName: 2, targetsOfName: 2, idleAliasesOfName: 1 }
      const pair = new Pair({ floorSeconds: 0, extraSeconds: 0 }, first, limits)
      for (const each of steps) {
        pair.take(each)
        expect(pair.fast.size).toBeLessThanOrEqual(records)
        expect(pair.fast.entries()).toHaveLength(pair.fast.size)
      }
      pair.fast.expire(Number.MAX_SAFE_INTEGER)
      expect([pair.fast.size, pair.fast.nextExpiryMs, [...pair.fast.addresses()]]).toEqual([0, undefined, []])
    }),
    { numRuns: 300 },
  )
})
