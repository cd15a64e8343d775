/** What is known of a peer: which criteria it meets, and what names of ports and services mean there. */
import type { NamedPort } from '../model/endpoint.ts'
import type { NumberedSide } from './criteria-table.ts'

export class Facts {
  readonly #met: ReadonlyMap<number, readonly NamedPort[]>
  /** Equal for peers that no rule can tell apart. */
  readonly key: string

  /** The criteria that are met, by number; with ports where the criterion is about names or a service. */
  constructor(met: ReadonlyMap<number, readonly NamedPort[]>) {
    this.#met = met
    this.key = [...met.keys()]
      .sort((one, other) => one - other)
      .map((number) => this.textOf(number))
      .join(' ')
  }

  /** The same, and more criteria that are met; none of them about ports. */
  with(numbers: Iterable<number>): Facts {
    return new Facts(new Map([...this.#met, ...Array.from(numbers, (it) => [it, this.portsAt(it)] as const)]))
  }

  get numbers(): Iterable<number> {
    return this.#met.keys()
  }

  meets(number: number): boolean {
    return this.#met.has(number)
  }

  portsAt(number: number): readonly NamedPort[] {
    return this.#met.get(number) ?? []
  }

  /** One fact: equal for equal ones. */
  textOf(number: number): string {
    const ports = this.portsAt(number).map(({ protocol, port }) => `${protocol}/${port}`)
    return ports.length === 0 ? String(number) : `${number}:${[...new Set(ports)].sort().join('+')}`
  }

  /** Does a side of a rule match the peer? Ports are another matter. */
  fits({ positive, negative }: NumberedSide): boolean {
    return positive.every((it) => this.#met.has(it)) && !negative.some((it) => this.#met.has(it))
  }

  /** What is known of some criteria: equal for peers that these can't tell apart. */
  restrictedTo(numbers: readonly number[]): string {
    return numbers
      .filter((number) => this.meets(number))
      .map((number) => this.textOf(number))
      .join(' ')
  }
}
