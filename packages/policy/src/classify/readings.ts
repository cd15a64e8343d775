/**
 * What is read of endpoints: once for all of which the same is read, whatever the IP version of their addresses. With as many endpoints as
 * there are, and names by which most of them can be told apart, this is most of what is known of addresses.
 */
import type { NamedPort } from '../model/endpoint.ts'
import type { WithPorts } from './address-class.ts'
import { endpointKey, hostClassKey } from './class-key.ts'
import type { Labels } from './read-labels.ts'

/** Labels and ports that nobody reads are not there. */
export class Reading implements WithPorts {
  /** Of the class of addresses of which nothing else is known. */
  readonly key: string
  readonly labels: Labels
  readonly ports: readonly NamedPort[]
  /** Lists of one, which classes share. */
  readonly endpoints: readonly Reading[] = [this]
  readonly identities: readonly Labels[]
  /** Of how many it is read: see `Readings`. */
  uses = 0

  constructor(key: string, labels: Labels, ports: readonly NamedPort[]) {
    this.key = key
    this.labels = labels
    this.ports = ports
    this.identities = [labels]
  }

  /** See `endpointKey`. */
  get endpointKey(): string {
    return endpointKey(this.labels, this.ports)
  }
}

export class Readings {
  readonly #byKey = new Map<string, Reading>()

  /** How many there are. */
  get size(): number {
    return this.#byKey.size
  }

  /** One use more of what says just this; to be dropped as often. */
  retain(labels: Labels, ports: readonly NamedPort[]): Reading {
    const key = hostClassKey([endpointKey(labels, ports)], [], [])
    const found = this.#byKey.get(key) ?? new Reading(key, labels, ports)
    this.retainAgain(found)
    return found
  }

  /** The same for what was retained just now. */
  retainAgain(it: Reading): void {
    if (it.uses === 0) this.#byKey.set(it.key, it)
    it.uses += 1
  }

  drop(it: Reading): void {
    it.uses -= 1
    if (it.uses === 0) this.#byKey.delete(it.key)
  }
}
