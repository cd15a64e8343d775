/** Classes that are kept step by step are those of the definition, and what is said to have changed is what changed. */
import { type Cidr, type Ip, type IpVersion, parseCidr, parseIp } from '@margay/netset'
import { parseDomainPattern, parseSelector } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { anyPeer, type PeerMatch, type PortMatch } from '../model/rule.ts'
import { addressKey } from '../state/address-key.ts'
import { AddressSets } from '../state/address-set.ts'
import { ServiceSet } from '../state/service-set.ts'
import type { AddressClass } from './address-class.ts'
import { type Criterion, criteriaOf } from './criteria.ts'
import { type ClassChanges, LiveClasses } from './live-classes.ts'
import type { Located } from './located.ts'
import type { NamedAddress } from './named-addresses.ts'
import { Readings } from './readings.ts'
import {
  type SlowInput,
  slowClassKey,
  slowEdges,
  slowHosts,
  slowMeets,
  slowReadings,
} from './slow-classes.testkit.ts'

type Step = (model: Model) => void

const versions: readonly IpVersion[] = [4, 6]
const addresses = [...Array(6).keys()].flatMap((i) => [ip(`10.0.0.${i}`), ip(`fd00::${i}`)])
const netLists = [
  ['10.0.0.0/30'],
  ['10.0.0.0/31', '10.0.0.2/31'],
  ['10.0.0.4/32', 'fd00::/126'],
  ['0.0.0.0/0'],
  ['fd00::/64', '10.0.0.2/32'],
].map((list) => list.map(cidr))
const selectors = [
  'all()',
  "a == 'x'",
  "a == 'y' && b == 'x'",
  'has(c)',
  '!has(a)',
  "b in {'x', 'y'}",
  "b != 'x'",
  "c == 'x' || a == 'y'",
  "d == 'x'",
]
const patterns = ['a.com', '*.com', 'x.a.com', '*.org', 'b.*'].map(
  (text) => parseDomainPattern(text) ?? expect.fail(),
)
const domainNames = ['a.com', 'x.a.com', 'y.x.a.com', 'b.org', 'b.net', 'other.test']
const names = [
  { names: ['http'] },
  { names: ['dns', 'http'], within: 'has(b)' },
  { names: ['dns'], within: "a == 'x'" },
]
const serviceIds = ['service n/one', 'service n/two']

/** What was said to the classes of both versions, and what should hold of them. */
class Model {
  readonly readings = new Readings()
  readonly live = versions.map((version) => new LiveClasses(version, this.readings))
  readonly located: Located[] = []
  networkSets: readonly NetworkSetEntry[] = []
  readonly services = new Map(serviceIds.map((id) => [id, new ServiceSet(id, [])]))
  readonly named = new Map<string, NamedAddress>()
  readonly uses = new Map<string, { criterion: Criterion; count: number; isForgotten: boolean }>()
  #sets = newSets()

  /** As after many changes of policies: equal criteria are others from now on. */
  renewSets(): void {
    this.#sets = newSets()
  }

  criterion(peer: (sets: AddressSets, services: Model['services']) => Partial<PeerMatch>): Criterion {
    const [criterion] = criteriaOf({ ...anyPeer, ...peer(this.#sets, this.services) }).all
    return criterion ?? expect.fail('no criterion')
  }

  retain(criterion: Criterion): void {
    for (const it of this.live) it.retain([criterion])
    const { count = 0, isForgotten = false } = this.uses.get(criterion.key) ?? {}
    this.uses.set(criterion.key, { criterion, count: count + 1, isForgotten })
  }

  release(which: number): void {
    const used = [...this.uses].filter(([, { count }]) => count > 0).map(([key]) => key)
    const key = used[which % Math.max(used.length, 1)]
    if (key !== undefined) this.#releaseOne(key)
  }

  #releaseOne(key: string): void {
    const use = this.uses.get(key) ?? expect.fail(key)
    for (const it of this.live) it.release([use.criterion])
    use.count -= 1
  }

  forget(): void {
    for (const it of this.live) it.forget()
    for (const use of this.uses.values()) use.isForgotten = use.count === 0
  }

  place(located: Located): void {
    for (const it of this.live) it.place(located)
    this.located.push(located)
  }

  displace(which: number): Located | undefined {
    const [located] = this.located.splice(which % Math.max(this.located.length, 1), 1)
    if (located !== undefined) for (const it of this.live) it.displace(located)
    return located
  }

  setNetworkSets(entries: readonly NetworkSetEntry[]): void {
    for (const it of this.live) it.setNetworkSets(entries)
    this.networkSets = entries
  }

  name(it: NamedAddress): void {
    for (const classes of this.live) classes.setNames(it)
    this.named.set(addressKey(it.address), it)
  }

  /** Rules that name it are compiled again. */
  setService(service: ServiceSet): void {
    this.services.set(service.id, service)
    const use = this.uses.get(service.id)
    for (let uses = use?.count ?? 0; uses > 0; uses -= 1) {
      this.retain({ key: service.id, kind: 'Service', service })
      this.#releaseOne(service.id)
    }
  }

  /** With the next settlement. */
  dropForgotten(): void {
    for (const [key, use] of this.uses) {
      if (use.count === 0 && use.isForgotten) this.uses.delete(key)
      use.isForgotten = false
    }
  }

  input(version: IpVersion): SlowInput {
    const criteria = [...this.uses.values()].map(({ criterion }) => criterion)
    return {
      version,
      located: this.located,
      networkSets: this.networkSets,
      named: [...this.named.values()],
      criteria,
    }
  }
}

function newSets(): AddressSets {
  return new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
}

const value = fc.constantFrom('x', 'y')
const labels = fc
  .record({ a: value, b: value, c: value, d: value }, { requiredKeys: [] })
  .map((record) => new Map(Object.entries(record)))
const port = fc.record({
  name: fc.constantFrom('http', 'dns', 'other'),
  protocol: fc.constant(6),
  port: fc.constantFrom(80, 8080),
})
const someAddresses = fc.uniqueArray(fc.constantFrom(...addresses), { maxLength: 3 })
const located = fc.record<Located>({
  labels,
  addresses: someAddresses,
  ports: fc.array(port, { maxLength: 2 }),
})
const networkSets = fc.array(
  fc.record<NetworkSetEntry>({
    key: fc.constant('set'),
    labels,
    nets: fc.uniqueArray(fc.constantFrom(...netLists.flat()), { maxLength: 3 }),
    domains: fc.uniqueArray(fc.constantFrom(...patterns), { maxLength: 2 }),
  }),
  { maxLength: 3 },
)
const service = fc
  .record({
    id: fc.constantFrom(...serviceIds),
    addresses: someAddresses,
    port: fc.constantFrom(80, 8080, undefined),
  })
  .map(({ id, addresses, port }) => serviceAt(id, addresses, port))
const which = fc.nat({ max: 20 })
const named = fc.record<NamedAddress>({
  address: fc.constantFrom(...addresses),
  names: fc.uniqueArray(fc.constantFrom(...domainNames), { maxLength: 3 }),
})

const peer = fc.oneof(
  fc
    .constantFrom(...selectors)
    .map((text) => (sets: AddressSets) => ({ inSet: sets.resolve(parseSelector(text)) })),
  fc
    .constantFrom(...selectors)
    .map((text) => (sets: AddressSets) => ({ inSet: sets.resolve(parseSelector(text)), countsNames: true })),
  fc
    .uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 2 })
    .map((some) => (sets: AddressSets) => ({ inDomains: sets.domains(some) })),
  fc.constantFrom(...netLists).map((nets) => () => ({ nets })),
  fc
    .constantFrom(...serviceIds)
    .map((id) => (_: AddressSets, services: Model['services']) => ({ inService: services.get(id) })),
  fc.constantFrom(...names).map((it) => (sets: AddressSets) => ({ ports: namedPorts(it, sets) })),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: located.map(
      (it): Step =>
        (model) =>
          model.place(it),
    ),
  },
  {
    weight: 3,
    arbitrary: which.map(
      (i): Step =>
        (model) =>
          void model.displace(i),
    ),
  },
  {
    weight: 1,
    arbitrary: which.map(
      (i): Step =>
        (model) =>
          placeAgain(model, i),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(which, labels).map(
      ([i, other]): Step =>
        (model) =>
          relabel(model, i, other),
    ),
  },
  {
    weight: 6,
    arbitrary: peer.map(
      (it): Step =>
        (model) =>
          model.retain(model.criterion(it)),
    ),
  },
  {
    weight: 5,
    arbitrary: which.map(
      (i): Step =>
        (model) =>
          model.release(i),
    ),
  },
  {
    weight: 4,
    arbitrary: named.map(
      (it): Step =>
        (model) =>
          model.name(it),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((model) => model.forget()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.renewSets()) },
  {
    weight: 2,
    arbitrary: networkSets.map(
      (it): Step =>
        (model) =>
          model.setNetworkSets(it),
    ),
  },
  {
    weight: 2,
    arbitrary: service.map(
      (it): Step =>
        (model) =>
          model.setService(it),
    ),
  },
)

function placeAgain(model: Model, which: number): void {
  const it = model.displace(which)
  if (it !== undefined) model.place(it)
}

function relabel(model: Model, which: number, labels: ReadonlyMap<string, string>): void {
  const it = model.displace(which)
  if (it !== undefined) model.place({ ...it, labels })
}

/** Steps between two settlements, and whether all criteria are asked about after it. */
const batches = fc.array(fc.record({ steps: fc.array(step, { maxLength: 6 }), isAsked: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
})

test('after each settlement classes are those of the definition, and the changes are the difference', () => {
  fc.assert(
    fc.property(batches, (list) => {
      const model = new Model()
      for (const { steps, isAsked } of [...list, { steps: [], isAsked: true }]) {
        for (const take of steps) take(model)
        model.dropForgotten()
        for (const live of model.live) {
          checkSettling(live)
          const input = model.input(live.version)
          checkPartition(live, input)
          if (isAsked) checkMeetings(live, input)
        }
        expect(model.readings.size).toBe(slowReadings(model.input(4)).length)
      }
    }),
    { numRuns: 300 },
  )
})

function checkSettling(live: LiveClasses): void {
  const before = { hosts: new Map(live.hosts), ranges: live.ranges, all: new Set(live.all.values()) }
  const changes = live.settle()
  checkHostChanges(before.hosts, live, changes)
  const isFirst = before.all.size === 0
  expect(changes.areRangesChanged).toBe(isFirst || !isSameRanges(before.ranges, live.ranges))
  const now = new Set(live.all.values())
  expect(new Set(changes.come)).toEqual(now.difference(before.all))
  expect(new Set(changes.gone)).toEqual(before.all.difference(now))
  expect([changes.come.length, changes.gone.length]).toEqual([
    now.difference(before.all).size,
    before.all.difference(now).size,
  ])
}

function checkHostChanges(before: LiveClasses['hosts'], live: LiveClasses, { hosts }: ClassChanges): void {
  const keys = new Set([...before.keys(), ...live.hosts.keys()])
  const changed = [...keys].filter((key) => before.get(key)?.class !== live.hosts.get(key)?.class)
  expect(hosts.map(({ key }) => key).sort()).toEqual(changed.sort())
  for (const change of hosts) {
    expect(change.before).toBe(before.get(change.key))
    expect(change.after).toBe(live.hosts.get(change.key))
  }
  for (const key of keys.difference(new Set(changed))) expect(live.hosts.get(key)).toBe(before.get(key))
}

function isSameRanges(left: LiveClasses['ranges'], right: LiveClasses['ranges']): boolean {
  const isSame = (it: LiveClasses['ranges'][number], i: number) => {
    const other = right[i]
    return it.first === other?.first && it.last === other.last && it.class === other.class
  }
  return left.length === right.length && left.every(isSame)
}

function checkPartition(live: LiveClasses, input: SlowInput): void {
  const hosts = slowHosts(input)
  const keyOf = (address: Ip) => slowClassKey(input, address)
  expect(new Map([...live.hosts].map(([key, it]) => [key, it.class.key]))).toEqual(
    new Map([...hosts].map(([key, address]) => [key, keyOf(address)])),
  )
  for (const [key, it] of live.hosts) expect(addressKey(it.address)).toBe(key)
  const none = {
    ...input,
    located: [],
    named: [],
    criteria: input.criteria.filter(({ kind }) => kind !== 'Service'),
  }
  const edges = slowEdges(input)
  for (const [first, last] of edges) {
    const want = slowClassKey(none, { version: input.version, value: first })
    expect(rangeClassAt(live, first).key).toBe(want)
    expect(rangeClassAt(live, last).key).toBe(want)
  }
  for (const [i, { first, class: own }] of live.ranges.entries()) {
    const previous = live.ranges[i - 1]
    expect(previous?.last === first - 1n && previous.class === own).toBe(false)
    expect(previous === undefined || previous.last < first).toBe(true)
    expect(own).not.toBe(live.elsewhere)
  }
  const inUse = [...live.hosts.values(), ...live.ranges].map((it) => it.class)
  expect(new Set(live.all.values())).toEqual(new Set([...inUse, live.elsewhere]))
  for (const [key, it] of live.all) expect(it.key).toBe(key)
}

function rangeClassAt({ ranges, elsewhere }: LiveClasses, value: bigint): AddressClass {
  return ranges.find(({ first, last }) => first <= value && value <= last)?.class ?? elsewhere
}

function checkMeetings(live: LiveClasses, input: SlowInput): void {
  const { version } = input
  const samples = new Map<AddressClass, Ip>()
  for (const { class: own, address } of live.hosts.values()) samples.set(own, address)
  const none = {
    ...input,
    located: [],
    named: [],
    criteria: input.criteria.filter(({ kind }) => kind !== 'Service'),
  }
  for (const [value] of slowEdges(input)) samples.set(rangeClassAt(live, value), { version, value })
  for (const [it, address] of samples) {
    const from = it.kind === 'Hosts' ? input : none
    const isMet = (criterion: Criterion) =>
      slowMeets(from, criterion, address) && (it.kind === 'Hosts' || criterion.kind !== 'Service')
    const want = input.criteria.filter(isMet)
    expect(
      live
        .criteriaMetBy(it)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(want.map(({ key }) => key).sort())
    for (const criterion of input.criteria) expect(live.meeting(criterion).has(it)).toBe(isMet(criterion))
  }
  const all = new Set(live.all.values())
  for (const criterion of input.criteria) expect(live.meeting(criterion).isSubsetOf(all)).toBe(true)
}

function namedPorts({ names, within }: { names: string[]; within?: string }, sets: AddressSets): PortMatch {
  const namesWithin = within === undefined ? undefined : sets.resolve(parseSelector(within))
  return { ranges: [], names, namesWithin, named: sets.namedPorts(names, namesWithin) }
}

function serviceAt(id: string, addresses: readonly Ip[], port: number | undefined): ServiceSet {
  const texts = addresses.map(({ version, value }) =>
    version === 4 ? `10.0.0.${value & 7n}` : `fd00::${value & 7n}`,
  )
  return new ServiceSet(id, [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'slice' },
      addressType: 'IPv4',
      endpoints: texts.map((text) => ({ addresses: [text] })),
      ports: port === undefined ? [] : [{ port }],
    },
  ])
}

function ip(text: string): Ip {
  return parseIp(text) ?? expect.fail(text)
}

function cidr(text: string): Cidr {
  return parseCidr(text) ?? expect.fail(text)
}
