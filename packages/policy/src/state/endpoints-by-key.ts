import type { KnownPod } from '../lower/known-pod.ts'
import { PodEndpoint } from '../lower/pod-endpoint.ts'
import type { Endpoint } from '../model/endpoint.ts'

/** A table of pods read as a map of endpoints by their keys. */
export class EndpointsByKey implements ReadonlyMap<string, Endpoint> {
  readonly #byNamespace: ReadonlyMap<string, ReadonlyMap<string, KnownPod>>

  /** By namespace and name. */
  constructor(byNamespace: ReadonlyMap<string, ReadonlyMap<string, KnownPod>>) {
    this.#byNamespace = byNamespace
  }

  /** Cost: a look at each. */
  get size(): number {
    let size = 0
    for (const _ of this.values()) size += 1
    return size
  }

  get(key: string): Endpoint | undefined {
    const slash = key.indexOf('/')
    const known = this.#byNamespace.get(key.slice(0, slash))?.get(key.slice(slash + 1))
    return known instanceof PodEndpoint ? known : undefined
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  forEach(take: (value: Endpoint, key: string, map: EndpointsByKey) => void): void {
    for (const [key, endpoint] of this) take(endpoint, key, this)
  }

  *values(): MapIterator<Endpoint> {
    for (const all of this.#byNamespace.values()) {
      for (const it of all.values()) if (it instanceof PodEndpoint) yield it
    }
  }

  *keys(): MapIterator<string> {
    for (const { key } of this.values()) yield key
  }

  *entries(): MapIterator<[string, Endpoint]> {
    for (const endpoint of this.values()) yield [endpoint.key, endpoint]
  }

  [Symbol.iterator](): MapIterator<[string, Endpoint]> {
    return this.entries()
  }
}
