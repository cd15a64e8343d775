/**
 * Who has an address: endpoints and host endpoints by their own, network sets by prefixes. One index answers for all sets of a state:
 * a set holds an address if it selects the labels of somebody who has it. So it does by name: see `DomainHolders`.
 */
import { type Cidr, hostCidr, type Ip } from '@margay/netset'
import type { Endpoint } from '../model/endpoint.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { AddressTable } from './address-table.ts'
import type { Delta } from './delta.ts'
import { DomainHolders, type Giver } from './domain-holders.ts'
import { type OneOrMany, withOne, withoutOne } from './one-or-many.ts'

type Labels = ReadonlyMap<string, string>
/** What matters here of a network set. */
interface Prefixes extends Giver {
  readonly nets: readonly Cidr[]
}

type Holder = Endpoint | HostEndpoint | Prefixes
/** Nearly every prefix has one holder. */
type Holders = AddressTable<OneOrMany<Holder>>

interface AllHolders {
  readonly endpoints: Iterable<Endpoint>
  readonly hostEndpoints: Iterable<HostEndpoint>
  readonly networkSets: Iterable<Prefixes>
}

interface HolderChanges {
  readonly endpoints: Delta<Endpoint>
  readonly hostEndpoints: Delta<HostEndpoint>
  readonly networkSets: Delta<Prefixes>
}

/** Nobody is looked at before an address is first asked about: an agent never asks. */
export class AddressHolders {
  readonly #all: () => AllHolders
  readonly #domains: DomainHolders
  #table: Holders | undefined
  /** A walk over rules asks about the same address again and again. */
  #last: { readonly address: Ip; readonly labels: readonly Labels[] } | undefined

  /** `all` are those that there are at the time. */
  constructor(all: () => AllHolders) {
    this.#all = all
    this.#domains = new DomainHolders(() => all().networkSets)
  }

  /** One for each holder of each prefix that has this address. */
  labelsAt(address: Ip): readonly Labels[] {
    if (this.#last?.address === address) return this.#last.labels
    this.#table ??= this.#find()
    const labels = this.#table.at(address).flatMap(labelsOf)
    this.#last = { address, labels }
    return labels
  }

  /** Has neither an endpoint nor a host endpoint this address? */
  isOutside(address: Ip): boolean {
    this.#table ??= this.#find()
    return !this.#table.at(address).some(hasEndpoint)
  }

  /** One for each pattern of each network set that gives the name. */
  labelsGiving(name: string): readonly Labels[] {
    return this.#domains.labelsGiving(name)
  }

  /** Cost: the addresses and the patterns of what changed. */
  update({ endpoints, hostEndpoints, networkSets }: HolderChanges): void {
    this.#last = undefined
    this.#domains.update(networkSets)
    if (this.#table === undefined) return
    for (const { gone, come } of [endpoints, hostEndpoints, networkSets]) {
      for (const it of gone) for (const net of netsOf(it)) leave(this.#table, net, it)
      for (const it of come) for (const net of netsOf(it)) enter(this.#table, net, it)
    }
  }

  #find(): Holders {
    const table = new AddressTable<OneOrMany<Holder>>()
    const { endpoints, hostEndpoints, networkSets } = this.#all()
    for (const holders of [endpoints, hostEndpoints, networkSets]) {
      for (const it of holders) for (const net of netsOf(it)) enter(table, net, it)
    }
    return table
  }
}

function labelsOf(holder: OneOrMany<Holder>): Labels[] {
  return holder instanceof Set ? Array.from(holder, ({ labels }) => labels) : [holder.labels]
}

function hasEndpoint(holder: OneOrMany<Holder>): boolean {
  return holder instanceof Set ? [...holder].some(isEndpoint) : isEndpoint(holder)
}

function isEndpoint(holder: Holder): boolean {
  return !('nets' in holder)
}

function netsOf(holder: Holder): readonly Cidr[] {
  if ('nets' in holder) return holder.nets
  return ('addresses' in holder ? holder.addresses : holder.expectedAddresses).map(hostCidr)
}

function enter(table: Holders, net: Cidr, holder: Holder): void {
  table.set(net, withOne(table.get(net), holder))
}

function leave(table: Holders, net: Cidr, holder: Holder): void {
  const left = withoutOne(table.get(net), holder)
  if (left === undefined) table.delete(net)
  else table.set(net, left)
}
