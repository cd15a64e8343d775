/** The cache as one would tell a child: a list of what was told, read anew for each question. Without limits. */
import type { Ip } from '@margay/netset'
import type { DnsAnswer } from '../message/dns-answer.ts'
import type { Lifetimes } from './lifetimes.ts'

interface SlowFact {
  readonly name: string
  readonly leadsTo: string | Ip
  readonly told: { readonly atMs: number; readonly ttlSeconds: number }[]
}

const isSame = (a: string | Ip, b: string | Ip) =>
  typeof a === 'string' || typeof b === 'string' ? a === b : a.version === b.version && a.value === b.value

export class SlowCache {
  lifetimes: Lifetimes
  #facts: SlowFact[] = []

  constructor(lifetimes: Lifetimes) {
    this.lifetimes = lifetimes
  }

  learn({ aliases, addresses }: DnsAnswer, atMs: number): void {
    for (const { name, target, ttlSeconds } of aliases) this.#tell(name, target, { atMs, ttlSeconds })
    for (const { name, address, ttlSeconds } of addresses) this.#tell(name, address, { atMs, ttlSeconds })
  }

  expire(nowMs: number): void {
    this.#facts = this.#facts.filter((fact) => this.#endOf(fact) > nowMs)
  }

  nextExpiryMs(): number | undefined {
    return this.#facts.length === 0 ? undefined : Math.min(...this.#facts.map((fact) => this.#endOf(fact)))
  }

  namesOf(address: Ip): string[] {
    const names = new Set(this.#ownersOf(address))
    for (;;) {
      const size = names.size
      for (const name of [...names]) for (const owner of this.#ownersOf(name)) names.add(owner)
      if (names.size === size) return [...names].sort()
    }
  }

  /** The names that lead to this one, itself among them. */
  above(name: string): string[] {
    const names = new Set([name])
    for (const each of names) for (const owner of this.#ownersOf(each)) names.add(owner)
    return [...names]
  }

  #ownersOf(what: string | Ip): string[] {
    return this.#facts.filter(({ leadsTo }) => isSame(leadsTo, what)).map(({ name }) => name)
  }

  #endOf({ told }: SlowFact): number {
    const { floorSeconds, extraSeconds } = this.lifetimes
    return Math.max(
      ...told.map(
        ({ atMs, ttlSeconds }) =>
          atMs + (Math.max(cappedTtl(ttlSeconds), floorSeconds) + extraSeconds) * 1000,
      ),
    )
  }

  #tell(name: string, leadsTo: string | Ip, told: SlowFact['told'][number]): void {
    const fact = this.#facts.find((each) => each.name === name && isSame(each.leadsTo, leadsTo))
    if (fact === undefined) this.#facts.push({ name, leadsTo, told: [told] })
    else fact.told.push(told)
  }
}

function cappedTtl(ttlSeconds: number): number {
  if (ttlSeconds >= 2_147_483_648) return 0
  return ttlSeconds > 86_400 ? 86_400 : ttlSeconds
}
