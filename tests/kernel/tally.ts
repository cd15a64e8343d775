/** How often each kind of packet was compared, so that a generator can't lose one without being noticed. */
import { protocolName } from '@margay/policy'
import type { Packet } from '@margay/testkit'

export class Tally {
  readonly #counts = new Map<string, number>()

  count(kinds: readonly string[]): void {
    for (const kind of kinds) this.#counts.set(kind, this.of(kind) + 1)
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  static sum(tallies: readonly Tally[]): Tally {
    const sum = new Tally()
    for (const tally of tallies)
      for (const [kind, count] of tally.#counts) sum.#counts.set(kind, sum.of(kind) + count)
    return sum
  }

  /** Those of `kinds` that were met less often than that. */
  rarerThan(least: number, kinds: readonly string[]): string[] {
    return kinds.filter((kind) => this.of(kind) < least).map((kind) => `${kind}: ${this.of(kind)}`)
  }

  /** One line, the most frequent first. */
  format(): string {
    const counts = [...this.#counts].sort(([, left], [, right]) => right - left)
    return counts.map(([kind, count]) => `${kind} ${count}`).join(', ')
  }
}

/** `IPv4 ICMP` and the like. */
export function kindsOfPacket({ sourceIp, protocol }: Packet): string[] {
  return [`IPv${sourceIp.includes(':') ? 6 : 4} ${protocolName(protocol)}`]
}
