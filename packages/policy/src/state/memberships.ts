/** Who is in which address set, for sets that were asked about: found once, and followed from then on. */
import { matchesSelector, type Selector } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { AddressHolders } from './address-holders.ts'
import type { Delta } from './delta.ts'
import { Members } from './members.ts'
import { SelectorIndex } from './selector-index.ts'
import type { SubjectDelta } from './subject-delta.ts'
import { type Labelled, SubjectIndex } from './subject-index.ts'

/** All that selectors choose from. It changes only where it is indexed, and whoever changes it says so. */
export interface Selectable {
  readonly endpoints: Iterable<Endpoint>
  readonly hostEndpoints: Iterable<HostEndpoint>
  readonly networkSets: Iterable<NetworkSetEntry>
  /** Who of these has an address, if somebody keeps count of it; otherwise it is found out when it is first asked. */
  readonly holders?: AddressHolders
}

/** A set of addresses, as far as it matters here. It is known by object. */
export interface Selecting {
  readonly selector: Selector
}

export class Memberships {
  readonly holders: AddressHolders
  readonly #endpoints: SubjectIndex<Endpoint>
  readonly #hostEndpoints: SubjectIndex<HostEndpoint>
  readonly #networkSets: SubjectIndex<NetworkSetEntry>
  /** Of sets that are kept; undefined until somebody asks. */
  readonly #members = new Map<Selecting, Members | undefined>()
  /** Of these, those that came since somebody asked: most likely all of them will be asked about. */
  readonly #expected = new Set<Selecting>()
  /** Those of which members are known: by them, as that is what changes. */
  readonly #index = new SelectorIndex<Members>()
  /** Of sets that are not kept: as of a moment. */
  readonly #loose = new WeakMap<Selecting, { readonly moment: object; readonly members: Members }>()
  #moment: object = {}

  constructor(selectable: Selectable) {
    this.holders = selectable.holders ?? new AddressHolders(() => selectable)
    this.#endpoints = indexOf(selectable.endpoints)
    this.#hostEndpoints = indexOf(selectable.hostEndpoints)
    this.#networkSets = indexOf(selectable.networkSets)
  }

  /** Another object after each change of what there is to choose from. */
  get moment(): object {
    return this.#moment
  }

  /** It is followed from when it is first asked about until it is forgotten. */
  keep(set: Selecting): void {
    this.#members.set(set, undefined)
    this.#expected.add(set)
  }

  /** It can still be asked about, but then they are looked for again after each change. */
  forget(set: Selecting): void {
    const members = this.#members.get(set)
    if (members !== undefined) this.#index.delete(members)
    this.#members.delete(set)
    this.#expected.delete(set)
  }

  of(set: Selecting): Members {
    const known = this.#members.get(set)
    if (known !== undefined) return known
    if (!this.#members.has(set)) return this.#ofLoose(set)
    const found = this.#find(set)
    this.#members.set(set, found)
    this.#index.add(found, set.selector)
    return found
  }

  /** Cost: for each that came or went, the sets that it may be in. */
  update({ endpoints, hostEndpoints, networkSets }: SubjectDelta): void {
    this.#moment = {}
    if (this.#index.size === 0) return
    this.#move(endpoints, endpointsOf)
    this.#move(hostEndpoints, hostEndpointsOf)
    this.#move(networkSets, networkSetsOf)
  }

  #move<T extends Labelled>(changes: Delta<T>, membersOf: (members: Members) => Set<T>): void {
    for (const it of changes.gone) {
      this.#index.eachFor(it.labels, (members) => {
        if (membersOf(members).delete(it)) members.noteChanged()
      })
    }
    for (const it of changes.come) this.#enter(it, membersOf)
  }

  #enter<T extends Labelled>(it: T, membersOf: (members: Members) => Set<T>): void {
    const valueAt = (name: string) => it.labels.get(name)
    this.#index.eachFor(it.labels, (members) => {
      if (!matchesSelector(members.selector, valueAt)) return
      membersOf(members).add(it)
      members.noteChanged()
    })
  }

  #ofLoose(set: Selecting): Members {
    const known = this.#loose.get(set)
    if (known?.moment === this.#moment) return known.members
    const members = this.#find(set)
    this.#loose.set(set, { moment: this.#moment, members })
    return members
  }

  #find({ selector }: Selecting): Members {
    this.#expect()
    return new Members(
      selector,
      this.#endpoints.selectedBy(selector),
      this.#hostEndpoints.selectedBy(selector),
      this.#networkSets.selectedBy(selector),
    )
  }

  #expect(): void {
    if (this.#expected.size === 0) return
    const selectors = [...this.#expected].map(({ selector }) => selector)
    for (const it of [this.#endpoints, this.#hostEndpoints, this.#networkSets]) it.expect(selectors)
    this.#expected.clear()
  }
}

function endpointsOf({ endpoints }: Members): Set<Endpoint> {
  return endpoints
}

function hostEndpointsOf({ hostEndpoints }: Members): Set<HostEndpoint> {
  return hostEndpoints
}

function networkSetsOf({ networkSets }: Members): Set<NetworkSetEntry> {
  return networkSets
}

function indexOf<T extends Labelled>(all: Iterable<T>): SubjectIndex<T> {
  return all instanceof SubjectIndex ? all : new SubjectIndex(all, () => true)
}
