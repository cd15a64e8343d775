/** Endpoints, host endpoints and network sets, while they, and what they inherit from, come and go. */
import {
  type GlobalNetworkSet,
  type HostEndpoint as HostEndpointResource,
  type NetworkSet,
  type Pod,
  serviceAccountOf,
} from '@margay/resources'
import type { Inheritance } from '../lower/inheritance.ts'
import type { KnownPod } from '../lower/known-pod.ts'
import {
  lowerGlobalNetworkSet,
  lowerNetworkSet,
  lowerPod,
  type ObjectProblem,
} from '../lower/lower-endpoint.ts'
import { lowerHostEndpoint } from '../lower/lower-host-endpoint.ts'
import { PodParents } from '../lower/pod-parents.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { AddressHolders } from './address-holders.ts'
import { addressKey } from './address-key.ts'
import { type Delta, isEmpty, unchanged } from './delta.ts'
import { EndpointIndex } from './endpoint-index.ts'
import type { ChangedParents } from './live-inheritance.ts'
import { Lowered } from './lowered.ts'
import type { Selectable } from './memberships.ts'
import { namespaceOf, PodTable } from './pod-table.ts'
import type { Problems } from './problems.ts'
import { edited } from './sorted-list.ts'
import type { SubjectDelta } from './subject-delta.ts'
import { type Labelled, SubjectIndex } from './subject-index.ts'

const none: readonly never[] = []
const nobody: ReadonlySet<Pod> = new Set()

type NetworkSetResource = NetworkSet | GlobalNetworkSet

export interface SubjectChanges {
  readonly pods: Delta<Pod>
  readonly hostEndpoints: Delta<HostEndpointResource>
  readonly networkSets: Delta<NetworkSetResource>
}

export class LiveSubjects {
  readonly hostEndpoints = new Map<string, HostEndpoint>()
  readonly #pods = new PodTable((pod, before) => this.#lowerPod(pod, before))
  readonly endpoints = this.#pods.endpoints
  readonly byAddress = new EndpointIndex(valuesOf(this.endpoints), ({ addresses }) =>
    addresses.map(addressKey),
  )
  readonly byInterface = new EndpointIndex(valuesOf(this.endpoints), (endpoint) => [interfaceKey(endpoint)])
  readonly #inheritance: Inheritance
  readonly #problems: Problems<ObjectProblem>
  readonly #parents: PodParents
  readonly #hosts = new Lowered((it: HostEndpointResource) => lowerHostEndpoint(it, this.#inheritance))
  readonly #sets = new Lowered((set: NetworkSetResource) => this.#lowerSet(set))
  readonly #setsByKey = new Map<string, NetworkSetEntry>()
  #networkSets: readonly NetworkSetEntry[] = []
  readonly #indexed = {
    endpoints: new SubjectIndex<Endpoint>(valuesOf(this.endpoints), (it) => this.#pods.holds(it)),
    hostEndpoints: indexOf(this.hostEndpoints),
    networkSets: indexOf(this.#setsByKey),
  }
  /** What selectors choose from. */
  readonly selectable = {
    ...this.#indexed,
    holders: new AddressHolders(() => this.#indexed),
  } satisfies Selectable

  /** What is not understood is told to `problems`. */
  constructor(inheritance: Inheritance, problems: Problems<ObjectProblem>) {
    this.#inheritance = inheritance
    this.#parents = new PodParents(inheritance)
    this.#problems = problems
  }

  /** All that there are, whether they are endpoints or not. */
  get pods(): Iterable<Pod> {
    return this.#pods
  }

  hasPod(pod: Pod): boolean {
    return this.#pods.has(pod)
  }

  /** In the order of their keys. */
  get networkSets(): readonly NetworkSetEntry[] {
    return this.#networkSets
  }

  update(changes: SubjectChanges, parents: ChangedParents): SubjectDelta {
    const endpoints = this.updatePods(changes.pods, parents)
    const hostEndpoints = this.#hosts.update(changes.hostEndpoints, this.#heirsAmongHosts(parents))
    const networkSets = this.#sets.update(changes.networkSets, this.#heirsAmongSets(parents))
    replace(this.hostEndpoints, hostEndpoints)
    replace(this.#setsByKey, networkSets)
    this.selectable.hostEndpoints.update(hostEndpoints)
    this.selectable.networkSets.update(networkSets)
    this.selectable.holders.update({ endpoints: unchanged, hostEndpoints, networkSets })
    if (!isEmpty(networkSets)) this.#networkSets = edited(this.#networkSets, networkSets, byKey)
    return { endpoints, hostEndpoints, networkSets }
  }

  updatePods(pods: Delta<Pod>, parents: ChangedParents): Delta<Endpoint> {
    const endpoints = this.#lowerPods(pods, parents)
    this.selectable.endpoints.update(endpoints)
    this.selectable.holders.update({ endpoints, hostEndpoints: unchanged, networkSets: unchanged })
    this.byAddress.update(endpoints)
    this.byInterface.update(endpoints)
    return endpoints
  }

  #lowerPods(pods: Delta<Pod>, parents: ChangedParents): Delta<Endpoint> {
    const heirs = this.#heirsAmongPods(parents)
    this.#forgetParents(parents)
    for (const pod of pods.gone) this.#problems.set(pod, none)
    const endpoints = this.#pods.update(pods, heirs)
    for (const pod of pods.gone) {
      const namespace = namespaceOf(pod)
      if (!this.#pods.hasNamespace(namespace)) this.#parents.forget(namespace)
    }
    return endpoints
  }

  #forgetParents({ namespaces, serviceAccounts }: ChangedParents): void {
    for (const namespace of namespaces) this.#parents.forget(namespace)
    for (const account of serviceAccounts) this.#parents.forget(account.slice(0, account.indexOf('/')))
  }

  #lowerPod(pod: Pod, before: KnownPod | undefined): KnownPod {
    let found: ObjectProblem[] | undefined
    const report = (problem: ObjectProblem) => {
      found ??= []
      found.push(problem)
    }
    const known = lowerPod(pod, { parents: this.#parents, report, before })
    if (before !== undefined) this.#problems.set(before.pod, none)
    this.#problems.set(pod, found ?? none)
    return known
  }

  #lowerSet(set: NetworkSetResource): NetworkSetEntry {
    return set.kind === 'NetworkSet' ? lowerNetworkSet(set, this.#inheritance) : lowerGlobalNetworkSet(set)
  }

  /** Of those that are gone, too: they are not known any more when it matters. */
  #heirsAmongPods({ namespaces, serviceAccounts }: ChangedParents): ReadonlySet<Pod> {
    if (namespaces.size + serviceAccounts.size === 0) return nobody
    const ofNamespaces = Array.from(namespaces, (it) => this.#pods.in(it))
    const ofAccounts = Array.from(serviceAccounts, (account) => {
      const [namespace = '', name] = account.split('/')
      return this.#pods.in(namespace).filter((pod) => serviceAccountOf(pod) === name)
    })
    return new Set([...ofNamespaces, ...ofAccounts].flat())
  }

  #heirsAmongHosts({ profiles }: ChangedParents): readonly HostEndpointResource[] {
    if (profiles.size === 0) return none
    return [...this.#hosts.sources].filter(({ spec }) => spec?.profiles?.some((name) => profiles.has(name)))
  }

  #heirsAmongSets({ namespaces }: ChangedParents): readonly NetworkSetResource[] {
    if (namespaces.size === 0) return none
    return [...this.#sets.sources].filter(({ metadata }) => namespaces.has(metadata.namespace ?? ''))
  }
}

function byKey(a: NetworkSetEntry, b: NetworkSetEntry): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** By the name of the node and that of its end of the endpoint's link. */
export function interfaceKey({ node, interfaceName }: Pick<Endpoint, 'node' | 'interfaceName'>): string {
  return `${node} ${interfaceName}`
}

function replace<T extends { readonly key: string }>(all: Map<string, T>, { gone, come }: Delta<T>): void {
  for (const it of come) all.set(it.key, it)
  for (const [i, it] of gone.entries()) {
    // As where one became another.
    if (come[i]?.key === it.key) continue
    if (all.get(it.key) === it) all.delete(it.key)
  }
}

function indexOf<T extends Labelled & { readonly key: string }>(
  all: ReadonlyMap<string, T>,
): SubjectIndex<T> {
  return new SubjectIndex(valuesOf(all), (it) => all.get(it.key) === it)
}

/** Unlike what `values` gives, it can be walked again, and sees what changes. */
function valuesOf<T>(map: ReadonlyMap<string, T>): Iterable<T> {
  return { [Symbol.iterator]: () => map.values() }
}
