// TEMPORARY in this worktree: replaced by the helper's
import type { IpVersion } from '@margay/netset'
import type { NetworkSetEntry } from '../state/address-set.ts'
import type { AddressClass } from './address-class.ts'
import { AddressClasses, type AddressRange, type HostAddress, type Located } from './address-classes.ts'
import { ClassIndex } from './class-index.ts'
import { Criteria, type Criterion } from './criteria.ts'
export interface ClassChanges {
  readonly hosts: readonly {
    readonly key: string
    readonly before: HostAddress | undefined
    readonly after: HostAddress | undefined
  }[]
  readonly areRangesChanged: boolean
  readonly come: readonly AddressClass[]
  readonly gone: readonly AddressClass[]
}
export class LiveClasses {
  readonly version: IpVersion
  hosts: ReadonlyMap<string, HostAddress> = new Map()
  #c: AddressClasses
  #index: ClassIndex
  #crit = new Map<string, { c: Criterion; n: number }>()
  #located = new Set<Located>()
  #nets: readonly NetworkSetEntry[] = []
  constructor(version: IpVersion) {
    this.version = version
    this.#c = this.#make(undefined)
    this.#index = new ClassIndex(this.#c)
  }
  #make(before: AddressClasses | undefined) {
    return new AddressClasses(
      this.version,
      { endpoints: this.#located, networkSets: this.#nets },
      new Criteria([...this.#crit.values()].map(({ c }) => c)),
      before,
    )
  }
  get ranges(): readonly AddressRange[] {
    return this.#c.ranges
  }
  get elsewhere(): AddressClass {
    return this.#c.elsewhere
  }
  get all(): ReadonlyMap<string, AddressClass> {
    return this.#c.all
  }
  retain(criteria: Iterable<Criterion>) {
    for (const c of criteria) {
      const k = this.#crit.get(c.key)
      if (k === undefined) this.#crit.set(c.key, { c, n: 1 })
      else {
        k.n++
        k.c = c
      }
    }
  }
  release(criteria: Iterable<Criterion>) {
    for (const { key } of criteria) {
      const k = this.#crit.get(key)
      if (k !== undefined) k.n--
    }
  }
  place(l: Located) {
    this.#located.add(l)
  }
  displace(l: Located) {
    this.#located.delete(l)
  }
  setNetworkSets(n: readonly NetworkSetEntry[]) {
    this.#nets = n
  }
  forget() {
    for (const [k, v] of this.#crit) if (v.n <= 0) this.#crit.delete(k)
  }
  settle(): ClassChanges {
    const before = this.#c,
      hb = this.hosts
    this.#c = this.#make(before)
    this.#index = new ClassIndex(this.#c)
    this.hosts = new Map(this.#c.hosts.map((h) => [h.key, h]))
    const keys = new Set([...hb.keys(), ...this.hosts.keys()])
    const hosts = [...keys]
      .map((key) => ({ key, before: hb.get(key), after: this.hosts.get(key) }))
      .filter(({ before: b, after: a }) => b?.class !== a?.class)
    const t = (c: AddressClasses) =>
      JSON.stringify([c.ranges.map((r) => [String(r.first), String(r.last), r.class.key]), c.elsewhere.key])
    return {
      hosts,
      areRangesChanged: t(before) !== t(this.#c),
      come: [...this.#c.all.values()].filter((c) => before.all.get(c.key) !== c),
      gone: [...before.all.values()].filter((c) => this.#c.all.get(c.key) !== c),
    }
  }
  meeting(c: Criterion): ReadonlySet<AddressClass> {
    return this.#index.meeting(c)
  }
  criteriaMetBy(it: AddressClass): readonly Criterion[] {
    return [...this.#crit.values()].map(({ c }) => c).filter((c) => this.#index.meeting(c).has(it))
  }
}
