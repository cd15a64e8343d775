/** Endpoints, with what criteria read of each. Those of which they read the same share it. */
import type { WithPorts } from './address-class.ts'
import { endpointKey } from './class-key.ts'
import type { Located } from './located.ts'
import { isReadAnew, type ReadChanges, type ReadNames } from './read-names.ts'

/** What is read of an endpoint: labels and ports that nobody reads are not there. */
export interface Reading extends WithPorts {
  readonly key: string
}

interface CountedReading {
  readonly reading: Reading
  residents: number
}

export interface Resident {
  readonly located: Located
  reading: Reading
}

export interface ResidentChanges {
  readonly come: readonly Resident[]
  readonly gone: readonly Resident[]
  /** Something else is read of them. */
  readonly changed: readonly Resident[]
}

export class Residents {
  readonly #names: ReadNames
  readonly #byLocated = new Map<Located, Resident>()
  readonly #readings = new Map<string, CountedReading>()
  /** Of those that were read since the last time: most endpoints have the labels of others, and then only a short text has to be made. */
  #readBefore = new Map<string, CountedReading>()
  #placed = new Set<Located>()
  #displaced = new Set<Located>()

  constructor(names: ReadNames) {
    this.#names = names
  }

  place(located: Located): void {
    this.#placed.add(located)
  }

  displace(located: Located): void {
    if (!this.#placed.delete(located)) this.#displaced.add(located)
  }

  /** Since the last time. Cost: O(those that were placed or displaced), and of all if other names are read now. */
  takeChanges(read: ReadChanges): ResidentChanges {
    const gone = [...this.#displaced].map((it) => this.#remove(it)).filter((it) => it !== undefined)
    const changed = this.#readAnew(read)
    const come = [...this.#placed].map((it) => this.#enter(it))
    this.#placed = new Set()
    this.#displaced = new Set()
    this.#readBefore = new Map()
    return { come, gone, changed }
  }

  #enter(located: Located): Resident {
    const made = { located, reading: this.#read(located) }
    this.#byLocated.set(located, made)
    return made
  }

  #remove(located: Located): Resident | undefined {
    const known = this.#byLocated.get(located)
    if (known === undefined) return undefined
    this.#byLocated.delete(located)
    this.#drop(known.reading)
    return known
  }

  #readAnew(read: ReadChanges): Resident[] {
    const changed: Resident[] = []
    if (read.labels.length === 0 && read.ports.length === 0) return changed
    for (const resident of this.#byLocated.values()) {
      if (!isReadAnew(read, resident.located)) continue
      const before = resident.reading
      resident.reading = this.#read(resident.located)
      this.#drop(before)
      changed.push(resident)
    }
    return changed
  }

  #read(located: Located): Reading {
    const text = this.#names.textOf(located)
    const counted = this.#readBefore.get(text) ?? this.#makeReading(located)
    this.#readBefore.set(text, counted)
    this.#readings.set(counted.reading.key, counted)
    counted.residents += 1
    return counted.reading
  }

  #makeReading({ labels, ports }: Located): CountedReading {
    const readLabels = this.#names.labelsOf(labels)
    const readPorts = this.#names.portsOf(ports)
    const key = endpointKey(readLabels, readPorts)
    const made = () => ({ reading: { key, labels: new Map(readLabels), ports: readPorts }, residents: 0 })
    return this.#readings.get(key) ?? made()
  }

  #drop({ key }: Reading): void {
    const known = this.#readings.get(key)
    if (known === undefined) return
    known.residents -= 1
    if (known.residents === 0) this.#readings.delete(key)
  }
}
