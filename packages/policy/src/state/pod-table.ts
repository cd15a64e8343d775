/**
 * Pods and the endpoints that they are, by namespace and name: both texts are in the objects already. A table by joined keys would make one
 * for each change, and a table by objects would give each a number to be found by.
 */
import type { Pod } from '@margay/resources'
import type { KnownPod } from '../lower/known-pod.ts'
import { PodEndpoint } from '../lower/pod-endpoint.ts'
import type { Endpoint } from '../model/endpoint.ts'
import { type Delta, unchanged } from './delta.ts'
import { EndpointsByKey } from './endpoints-by-key.ts'

/** What a pod becomes, where `before` was there under its name. */
export type LowerPod = (pod: Pod, before: KnownPod | undefined) => KnownPod

export class PodTable {
  readonly #byNamespace = new Map<string, Map<string, KnownPod>>()
  readonly #lower: LowerPod
  /** By `namespace/name`. */
  readonly endpoints = new EndpointsByKey(this.#byNamespace)

  constructor(lower: LowerPod) {
    this.#lower = lower
  }

  *[Symbol.iterator](): Iterator<Pod> {
    for (const all of this.#byNamespace.values()) for (const { pod } of all.values()) yield pod
  }

  has(pod: Pod): boolean {
    return this.#find(pod)?.pod === pod
  }

  holds(endpoint: Endpoint): boolean {
    return this.#byNamespace.get(endpoint.namespace)?.get(endpoint.name) === endpoint
  }

  hasNamespace(namespace: string): boolean {
    return this.#byNamespace.has(namespace)
  }

  in(namespace: string): Pod[] {
    return Array.from(this.#byNamespace.get(namespace)?.values() ?? [], ({ pod }) => pod)
  }

  /** `heirs` are lowered anew, since something else changed that they are made of; those that are not there any more are passed over. */
  update({ gone, come }: Delta<Pod>, heirs: ReadonlySet<Pod>): Delta<PodEndpoint> {
    if (gone.length + come.length + heirs.size === 0) return unchanged
    const displaced: PodEndpoint[] = []
    const before = gone.map((pod, i) => (isSameName(pod, come[i]) ? this.#find(pod) : this.#remove(pod)))
    const after = come.map((pod, i) => this.#put(pod, gone[i], displaced))
    const changes = { gone: endpointsAmong(before), come: endpointsAmong(after) }
    const whole = displaced.length === 0 ? changes : withDisplaced(changes, displaced)
    return heirs.size === 0 ? whole : this.#again(heirs, whole)
  }

  /** `changes`, and those of `heirs` that are there. */
  #again(heirs: ReadonlySet<Pod>, { gone, come }: Delta<PodEndpoint>): Delta<PodEndpoint> {
    const stale = [...heirs].filter((pod) => this.has(pod))
    const before = endpointsAmong(stale.map((pod) => this.#find(pod)))
    const after = endpointsAmong(stale.map((pod) => this.#put(pod, pod, [])))
    return { gone: gone.concat(before), come: come.concat(after) }
  }

  /**
   * Instead of `last`, if that has its name: it keeps its place, as a map that loses one and gets another has to be made anew after some
   * time. If another is there, nobody said that it went: it is added to `displaced`.
   */
  #put(pod: Pod, last: Pod | undefined, displaced: PodEndpoint[]): KnownPod {
    const names = this.#namesOf(namespaceOf(pod))
    const { name } = pod.metadata
    const before = names.get(name)
    if (before instanceof PodEndpoint && before.pod !== last) displaced.push(before)
    const known = this.#lower(pod, before)
    names.set(name, known)
    return known
  }

  #remove(pod: Pod): KnownPod | undefined {
    const namespace = namespaceOf(pod)
    const { name } = pod.metadata
    const names = this.#byNamespace.get(namespace)
    const known = names?.get(name)
    if (names === undefined || known?.pod !== pod) return undefined
    names.delete(name)
    if (names.size === 0) this.#byNamespace.delete(namespace)
    return known
  }

  #find(pod: Pod): KnownPod | undefined {
    return this.#byNamespace.get(namespaceOf(pod))?.get(pod.metadata.name)
  }

  #namesOf(namespace: string): Map<string, KnownPod> {
    const known = this.#byNamespace.get(namespace)
    if (known !== undefined) return known
    const made = new Map<string, KnownPod>()
    this.#byNamespace.set(namespace, made)
    return made
  }
}

/** The list itself, where all are. */
function endpointsAmong(list: readonly (KnownPod | undefined)[]): readonly PodEndpoint[] {
  return list.every(isEndpoint) ? list : list.filter(isEndpoint)
}

function isEndpoint(it: KnownPod | undefined): it is PodEndpoint {
  return it instanceof PodEndpoint
}

/** Of those, one that came with the same changes is as if it had not. */
function withDisplaced(
  { gone, come }: Delta<PodEndpoint>,
  displaced: readonly PodEndpoint[],
): Delta<PodEndpoint> {
  const all = new Set(displaced)
  const told = new Set([...gone, ...come])
  return {
    gone: gone.concat(displaced.filter((it) => !told.has(it))),
    come: come.filter((it) => !all.has(it)),
  }
}

function isSameName(one: Pod, other: Pod | undefined): boolean {
  return other?.metadata.name === one.metadata.name && namespaceOf(one) === namespaceOf(other)
}

export function namespaceOf({ metadata }: Pod): string {
  return metadata.namespace ?? 'default'
}
