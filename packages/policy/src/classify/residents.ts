/** Endpoints, with what criteria read of each. Those of which they read the same share it. */
import type { Located } from './located.ts'
import { isReadAnew, type ReadChanges, type ReadNames } from './read-names.ts'
import type { Reading, Readings } from './readings.ts'

export interface ResidentChanges {
  readonly come: readonly Located[]
  readonly gone: readonly Located[]
  /** Something else is read of them. */
  readonly changed: readonly Located[]
}

export class Residents {
  readonly #names: ReadNames
  readonly #readings: Readings
  readonly #readingOf = new Map<Located, Reading>()
  /** Of those that were read since the last time: most endpoints have the labels of others, and then only a short text has to be made. */
  #readBefore = new Map<string, Reading>()
  #placed = new Set<Located>()
  #displaced = new Set<Located>()

  /** Others may read the same, and share `readings`. */
  constructor(names: ReadNames, readings: Readings) {
    this.#names = names
    this.#readings = readings
  }

  place(located: Located): void {
    this.#placed.add(located)
  }

  displace(located: Located): void {
    if (!this.#placed.delete(located)) this.#displaced.add(located)
  }

  /** As of the last changes. Throws RangeError for what was not placed by then. */
  readingOf(located: Located): Reading {
    const reading = this.#readingOf.get(located)
    if (reading === undefined) throw new RangeError('nothing is read of an endpoint that is not there')
    return reading
  }

  /** Since the last time. Cost: O(those that were placed or displaced), and of all if other names are read now. */
  takeChanges(read: ReadChanges): ResidentChanges {
    const gone = [...this.#displaced].filter((it) => this.#remove(it))
    const changed = this.#readAnew(read)
    const come = [...this.#placed]
    for (const it of come) this.#readingOf.set(it, this.#read(it))
    this.#placed = new Set()
    this.#displaced = new Set()
    this.#readBefore = new Map()
    return { come, gone, changed }
  }

  /** False if it was not there. */
  #remove(located: Located): boolean {
    const reading = this.#readingOf.get(located)
    if (reading !== undefined) this.#readings.drop(reading)
    return this.#readingOf.delete(located)
  }

  #readAnew(read: ReadChanges): Located[] {
    const changed: Located[] = []
    if (read.labels.length === 0 && read.ports.length === 0) return changed
    for (const [located, before] of this.#readingOf) {
      if (!isReadAnew(read, located)) continue
      this.#readingOf.set(located, this.#read(located))
      this.#readings.drop(before)
      changed.push(located)
    }
    return changed
  }

  #read(located: Located): Reading {
    const text = this.#names.textOf(located)
    const known = this.#readBefore.get(text)
    if (known !== undefined) {
      this.#readings.retainAgain(known)
      return known
    }
    const { labels, ports } = located
    const reading = this.#readings.retain(this.#names.labelsOf(labels), this.#names.portsOf(ports))
    this.#readBefore.set(text, reading)
    return reading
  }
}
