/** What criteria read of endpoints and network sets: names of labels and of ports. */
import type { NamedPort } from '../model/endpoint.ts'
import { type Labels, ReadLabels } from './read-labels.ts'
import { type CriteriaChanges, labelsRead, portNamesRead } from './retained-criteria.ts'

/** Names that are read now and were not, or the other way round. */
export interface ReadChanges {
  readonly labels: readonly string[]
  readonly ports: readonly string[]
}

/** There is a list for each endpoint: it is shared where it can be, and has no room for more. */
const noPorts: readonly NamedPort[] = []

export class ReadNames {
  readonly #labels = new CountedNames()
  readonly #ports = new CountedNames()
  /** What was left out of labels the last time: of most endpoints it is the same. */
  #unread: readonly string[] = []

  change({ come, gone }: CriteriaChanges): ReadChanges {
    for (const { criterion } of come) {
      this.#labels.add(labelsRead(criterion))
      this.#ports.add(portNamesRead(criterion))
    }
    for (const { criterion } of gone) {
      this.#labels.remove(labelsRead(criterion))
      this.#ports.remove(portNamesRead(criterion))
    }
    return { labels: this.#labels.takeChanges(), ports: this.#ports.takeChanges() }
  }

  /** Equal only if the same is read. Cheaper than a key, but it depends on the order in which labels and ports are listed. */
  textOf({
    labels,
    ports,
  }: {
    readonly labels: ReadonlyMap<string, string>
    readonly ports: readonly NamedPort[]
  }): string {
    let text = ''
    labels.forEach((value, name) => {
      if (this.#labels.has(name)) text += `${name}\0${value}\0`
    })
    for (const { name, protocol, port } of ports) {
      if (this.#ports.has(name)) text += `\0${name}\0${protocol} ${port}`
    }
    return text
  }

  /** As of now: later they are the same. */
  labelsOf(labels: ReadonlyMap<string, string>): Labels {
    const unread = [...labels.keys()].filter((name) => !this.#labels.has(name))
    if (unread.length === 0) return labels
    if (2 * unread.length > labels.size) return this.#copyRead(labels)
    this.#unread = isSameList(unread, this.#unread) ? this.#unread : unread.slice()
    return new ReadLabels(labels, this.#unread)
  }

  #copyRead(labels: ReadonlyMap<string, string>): Labels {
    return new Map([...labels].filter(([name]) => this.#labels.has(name)))
  }

  portsOf(ports: readonly NamedPort[]): readonly NamedPort[] {
    const read = ports.filter(({ name }) => this.#ports.has(name))
    if (read.length === 0) return noPorts
    return read.length === ports.length ? ports : read.slice()
  }
}

/** Are there changes that concern these labels and ports? */
export function isReadAnew(
  { labels, ports }: ReadChanges,
  of: { readonly labels: ReadonlyMap<string, string>; readonly ports: readonly NamedPort[] },
): boolean {
  for (const name of labels) if (of.labels.has(name)) return true
  return ports.length > 0 && of.ports.some(({ name }) => ports.includes(name))
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((it, i) => it === right[i])
}

class CountedNames {
  readonly #counts = new Map<string, number>()
  /** Those whose count changed, with whether they were there before. */
  #touched = new Map<string, boolean>()

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  add(names: Iterable<string>): void {
    for (const name of names) this.#change(name, 1)
  }

  remove(names: Iterable<string>): void {
    for (const name of names) this.#change(name, -1)
  }

  /** Names that came or went since the last time. */
  takeChanges(): string[] {
    const touched = this.#touched
    this.#touched = new Map()
    return [...touched].filter(([name, was]) => was !== this.has(name)).map(([name]) => name)
  }

  #change(name: string, by: number): void {
    if (!this.#touched.has(name)) this.#touched.set(name, this.has(name))
    const count = (this.#counts.get(name) ?? 0) + by
    if (count === 0) this.#counts.delete(name)
    else this.#counts.set(name, count)
  }
}
