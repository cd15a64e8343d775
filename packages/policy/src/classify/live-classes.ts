/**
 * Divides all addresses into classes such that addresses of one class meet the same criteria of the rules in use, so that a
 * packet's address has to be looked up once, whatever the number of rules. It is told what changes, and says what changed.
 *
 * A class is made of what rules can read (labels that selectors name, prefixes that rules list, ports that they name), not of
 * which rules match: so a policy that comes or goes moves no address to another class unless it reads something new.
 * What is no longer in use is read on until `forget`, so that a policy that goes and comes again moves none either.
 */
import type { IpVersion } from '@margay/netset'
import type { NetworkSetEntry } from '../model/network-set.ts'
import type { AddressClass } from './address-class.ts'
import { Areas } from './areas.ts'
import { ClassTable } from './class-table.ts'
import type { AddressRange } from './classified.ts'
import type { Criterion } from './criteria.ts'
import type { Hosts } from './hosts.ts'
import { type HostChange, LiveHosts } from './live-hosts.ts'
import { LiveRanges } from './live-ranges.ts'
import type { Located } from './located.ts'
import { Meetings } from './meetings.ts'
import { type NamedAddress, NamedAddresses } from './named-addresses.ts'
import { Prefixes } from './prefixes.ts'
import type { Labels } from './read-labels.ts'
import { ReadNames } from './read-names.ts'
import { Readings } from './readings.ts'
import { Residents } from './residents.ts'
import { type CriteriaChanges, RetainedCriteria } from './retained-criteria.ts'
import { Seats } from './seats.ts'

export interface ClassChanges {
  /** Addresses whose class is another object, or that came or went. */
  readonly hosts: readonly HostChange[]
  /** True if ranges, or the classes that they have, are others. */
  readonly areRangesChanged: boolean
  /** Classes that have addresses now and had none. */
  readonly come: readonly AddressClass[]
  readonly gone: readonly AddressClass[]
}

export class LiveClasses {
  readonly version: IpVersion
  readonly #criteria = new RetainedCriteria()
  readonly #names = new ReadNames()
  readonly #table = new ClassTable()
  readonly #meetings = new Meetings(this.#table.all)
  readonly #residents: Residents
  readonly #prefixes: Prefixes
  readonly #named: NamedAddresses
  readonly #seats: Seats
  readonly #hosts: LiveHosts
  readonly #ranges: LiveRanges
  #areas = new Areas([])

  /** `readings`: for another IP version as well, so that what is read of an endpoint is kept once. */
  constructor(version: IpVersion, readings = new Readings()) {
    this.version = version
    this.#residents = new Residents(this.#names, readings)
    const isSelected = (labels: Labels) => this.#meetings.isSelected(labels)
    this.#prefixes = new Prefixes({ version, names: this.#names, isSelected })
    const isSelectedByName = (labels: Labels) => this.#meetings.isSelectedByName(labels)
    this.#named = new NamedAddresses({ version, names: this.#names, isSelected: isSelectedByName })
    this.#seats = new Seats(version, this.#areas)
    this.#hosts = new LiveHosts({
      version,
      table: this.#table,
      residents: this.#residents,
      seats: this.#seats,
    })
    this.#ranges = new LiveRanges(version, this.#table)
  }

  /** Addresses of endpoints and services, and those that names say something of, by `addressKey`. */
  get hosts(): Hosts {
    return this.#seats.hosts
  }

  /** Of all other addresses, those that some criterion speaks of, ascending; neighbours are of different classes. */
  get ranges(): readonly AddressRange[] {
    return this.#ranges.ranges
  }

  /** The class of every other address; the same object always. */
  get elsewhere(): AddressClass {
    return this.#ranges.elsewhere
  }

  /** Every class that some address is in, and `elsewhere`, by key; none before the first `settle`. */
  get all(): ReadonlyMap<string, AddressClass> {
    return this.#table.all
  }

  /** Counted: what is retained n times is in use until it is released n times. Equal keys are one criterion. */
  retain(criteria: Iterable<Criterion>): void {
    for (const criterion of criteria) this.#criteria.retain(criterion)
  }

  /** Throws RangeError for what is not in use. */
  release(criteria: Iterable<Criterion>): void {
    for (const criterion of criteria) this.#criteria.release(criterion)
  }

  /** What is not in use now, nor by the next `settle`, is not read any more from then on. */
  forget(): void {
    this.#criteria.forget()
  }

  /** An endpoint is identified by object: what it says never changes. */
  place(located: Located): void {
    if (located.addresses.some(({ version }) => version === this.version)) this.#residents.place(located)
  }

  displace(located: Located): void {
    this.#residents.displace(located)
  }

  /** All of them. An entry that says something else is another object. */
  setNetworkSets(entries: readonly NetworkSetEntry[]): void {
    this.#prefixes.setNetworkSets(entries)
    this.#named.setNetworkSets(entries)
  }

  /** All names by which an address is known from now on. */
  setNames(named: NamedAddress): void {
    this.#named.tell(named)
  }

  /** Which names are asked about: another text when they are others, empty when none are. As of the last `settle`. */
  get askedNames(): string {
    return this.#named.askedText
  }

  /** Is all that these names say of the address known of it, by whatever name? Then they need not be told. As of the last `settle`. */
  isSaid({ address, names }: NamedAddress): boolean {
    return this.#named.isSaid(this.#seats.namingAt(address), names)
  }

  isNameAsked(name: string): boolean {
    return this.#named.isAsked(name)
  }

  /**
   * Takes in all that was said since the last time. Cost: O(endpoints that come or go); of all endpoints where names are read that
   * were not, or prefixes change; of all prefixes where these change; of all that are known by names where others are asked for.
   */
  settle(): ClassChanges {
    const criteria = this.#criteria.takeChanges()
    const read = this.#names.change(criteria)
    this.#meetings.changeCriteria(criteria)
    const arePrefixesOthers = this.#prefixes.change(criteria, read)
    if (arePrefixesOthers) this.#changeAreas()
    this.#seats.changeResidents(this.#residents.takeChanges(read))
    this.#changeServices(criteria)
    this.#seats.changeNames(this.#named.change(criteria, read))
    const areRangesChanged = this.#ranges.change(this.#areas)
    const hosts = this.#hosts.classify()
    const classes = this.#table.takeChanges()
    this.#meetings.changeClasses(classes, criteria.come)
    return { hosts, areRangesChanged, ...classes }
  }

  /** As of the last `settle`. Throws RangeError for a criterion that is neither in use nor remembered. */
  meeting({ key }: Criterion): ReadonlySet<AddressClass> {
    const retained = this.#criteria.get(key)
    if (retained === undefined) throw new RangeError(`criterion "${key}" is not retained`)
    return this.#meetings.meeting(retained)
  }

  /** Of those in use, and of those that are not forgotten; as of the last `settle`. */
  criteriaMetBy(it: AddressClass): readonly Criterion[] {
    return this.#meetings.criteriaMetBy(it)
  }

  #changeAreas(): void {
    this.#areas = new Areas(this.#prefixes.all(), this.#areas)
    this.#seats.setAreas(this.#areas)
  }

  #changeServices({ come, gone, renewed }: CriteriaChanges): void {
    for (const { criterion } of gone) {
      if (criterion.kind === 'Service') this.#seats.setService(criterion.service.id, undefined)
    }
    for (const { criterion } of [...come, ...renewed]) {
      if (criterion.kind === 'Service') this.#seats.setService(criterion.service.id, criterion.service)
    }
  }
}
