/**
 * All tables of one node, kept equal to what policy means while policy, pods and interfaces change.
 *
 * Interface ▶ the chain of its endpoint's group ▶ class of the peer's address ▶ what becomes of packets between them ▶ a terminal that
 * does what the deciding rule says and counts it. Egress of the source comes first; what it allows goes on to the ingress of the
 * destination, if that is a pod of this node. Where a staged policy concerns the endpoint, a group beside counts what would be decided,
 * and the packet comes back. What untracked policy denies is dropped as it comes in, where that can be told.
 * Source: spec/dataplane.md 1, 2, 3; shape: docs/adr/0014.
 */
import type { Ruleset, SetContent, TableContent } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import {
  type Delta,
  type Endpoint,
  type GoverningEndpoints,
  type HostEndpoint,
  type Located,
  type NamedAddress,
  type NodeSettings,
  type PolicyState,
  Readings,
  resolveHostEndpoints,
  type StateDelta,
  selects,
} from '@margay/policy'
import { assignGroups } from '../compile/assign-groups.ts'
import { assignHosts, type HostAssignment } from '../compile/assign-hosts.ts'
import { EarlyCompiler } from '../compile/compile-early.ts'
import type { NodeDevice, NodeView } from '../compile/options.ts'
import { Stages } from '../compile/stages.ts'
import type { Assignment, Stage } from '../decide/group.ts'
import { GroupTexts } from '../decide/group-text.ts'
import { Groups } from '../decide/groups.ts'
import { arpTable } from '../emit/arp-table.ts'
import { ChainNames } from '../emit/chain-names.ts'
import { ClassNumbers } from '../emit/class-maps.ts'
import { leadOf, versions } from '../emit/dispatch.ts'
import { frame, logLine, verdictActions } from '../emit/frame.ts'
import { type HostDispatch, hostDispatch } from '../emit/host-dispatch.ts'
import { limits } from '../emit/limits.ts'
import { sources } from '../emit/sources.ts'
import { Terminals } from '../emit/terminals.ts'
import { tunnelNodes } from '../emit/tunnels.ts'
import { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import { beatChain } from '../reconcile/changes-between.ts'
import { LiveFamily } from './live-family.ts'
import { LiveTable, type Step } from './live-table.ts'
import { juriesOf, type Need, needsOf, needsOfHosts } from './needs.ts'
import { noParts, type Parts, SharedParts } from './shared-parts.ts'
import { type Place, Slots } from './slots.ts'
import { Targets } from './targets.ts'

/** An endpoint of the node, and what there is for it in the tables. */
interface LocalEndpoint {
  readonly assignments: readonly Assignment[]
  readonly parts: Parts
  readonly arp: Parts
}

const nothing: LocalEndpoint = { assignments: [], parts: noParts, arp: noParts }

interface HostState {
  readonly governing: GoverningEndpoints
  readonly assignments: readonly HostAssignment[]
  readonly dispatch: HostDispatch
}

const noHosts: HostState = {
  governing: { byInterface: new Map(), wildcard: undefined },
  assignments: [],
  dispatch: { ...noParts, isEmpty: true, enter: () => [] },
}

export interface LiveNodeOptions {
  readonly settings: NodeSettings
  /** See FamilyContext. */
  readonly mostOfNarrow: number
  readonly leastRoom: number
  readonly edition: number
}

export class LiveNode {
  readonly #settings: NodeSettings
  readonly #names = new Names()
  readonly #chainNames = new ChainNames(this.#names)
  readonly #texts = new GroupTexts()
  readonly #groups = new Groups(this.#texts)
  readonly #stages: Stages
  readonly #inet = new LiveTable(table('inet'), beatChain)
  readonly #arp = new LiveTable(table('arp'))
  readonly #families: ReadonlyMap<IpVersion, LiveFamily>
  readonly #inetParts = new SharedParts(this.#inet)
  readonly #arpParts = new SharedParts(this.#arp)
  readonly #slots: readonly Slots[]
  readonly #earlyCompiler: EarlyCompiler
  readonly #local = new Map<Endpoint, LocalEndpoint>()
  readonly #located = new Map<HostEndpoint, Located>()
  #hosts: HostState = noHosts
  #frame: Parts = noParts
  #nodes: Parts = noParts
  #nodeAddresses: readonly Ip[] | undefined
  #early: TableContent | undefined
  #node: NodeView
  #interfaces: { readonly list: NodeView['interfaces'] | undefined; readonly text: string } = {
    list: undefined,
    text: '',
  }

  constructor(state: PolicyState, node: NodeView, { settings, ...options }: LiveNodeOptions) {
    this.#settings = settings
    this.#node = node
    this.#stages = new Stages(state, this.#texts)
    const [names, chainNames] = [this.#names, this.#chainNames]
    const numbers = new ClassNumbers()
    const shared = {
      groups: this.#groups,
      texts: this.#texts,
      names,
      chainNames,
      numbers,
      ...options,
    }
    const verdicts = { actions: verdictActions(settings), logLine: logLine(settings) }
    const terminals = new Terminals(names, verdicts)
    const targets = new Targets(this.#inet, names, terminals)
    const own = { table: this.#inet, targets, readings: new Readings() }
    const context = { ...shared, ...own, hosts: 'All' } as const
    this.#families = new Map(versions.map((version) => [version, new LiveFamily(version, context)]))
    this.#earlyCompiler = new EarlyCompiler(settings, shared)
    const slots = { table: this.#inet, names, edition: options.edition }
    this.#slots = (['Egress', 'Ingress'] as const).flatMap((direction) =>
      versions.map((version) => new Slots({ direction, version }, slots)),
    )
    this.#inetParts.add({ chains: [], sets: this.#sources([]).sets })
    this.#arpParts.add(partsOf(arpTable([], settings.interfacePrefixes)))
  }

  /** How many names and texts there are: they are never forgotten. */
  get nameCount(): number {
    return this.#names.size + this.#texts.size
  }

  /** For one that follows: its maps of classes are others, so that rules lead there from one generation to the next. */
  get nextEdition(): number {
    return 1 + Math.max(...[...this.#families.values(), ...this.#slots].map(({ edition }) => edition))
  }

  ruleset(): Ruleset {
    const always = [this.#inet.content(), this.#arp.content()]
    return this.#early === undefined ? always : [...always, this.#early]
  }

  get localEndpoints(): readonly Endpoint[] {
    return [...this.#local.keys()]
  }

  get hookedDevices(): readonly NodeDevice[] {
    const hooks = [...(this.#early?.chains.values() ?? [])].flatMap(({ chain }) => chain.hook?.devices ?? [])
    return this.#node.interfaces.filter(({ name }) => hooks.includes(name))
  }

  /** What has to be done, one step after the other. Cost: what is touched. */
  update(state: PolicyState, delta: StateDelta, node: NodeView): Step[] {
    const moved = this.#movedLinks(node)
    const hasOtherInterfaces = !this.#hasInterfaces(node)
    this.#node = node
    this.#stages.use(state)
    this.#tell(state, delta)
    this.#tellNodes(state)
    const locals = this.#assign(delta, moved)
    const hosts = this.#concernsHosts(delta) || hasOtherInterfaces ? this.#assignHosts(state) : this.#hosts
    this.#expect([...[...locals.values()].flatMap(needsOf), ...needsOfHosts(hosts)])
    for (const family of this.#families.values()) family.settle()
    const first = isEmpty(delta.networkSets) ? this.#moveNeutral() : undefined
    const entries = this.#exchange(locals, hosts)
    for (const family of this.#families.values()) family.renewGroups()
    this.#move()
    return [first, ...this.#open(entries, this.#compileEarly(state))].filter((step) => step !== undefined)
  }

  /** Are they the same as in the last update? They are many where there are many pods, and seldom others. */
  #hasInterfaces({ interfaces: list }: NodeView): boolean {
    const before = this.#interfaces
    if (list === before.list) return true
    this.#interfaces = { list, text: JSON.stringify(list, plain) }
    return this.#interfaces.text === before.text
  }

  /**
   * Interfaces that come lead to their chains, but not in the moment in which rules change: a packet that came with the old ones would be
   * judged by what governed others before. Until then nothing passes there.
   */
  #open(entries: readonly SetContent[], early: TableContent | undefined): (Step | undefined)[] {
    const rules = this.#inet.hasChangedRules ? this.#takeStep(early) : undefined
    this.#enter(entries)
    return [rules, this.#takeStep(early)]
  }

  /**
   * Addresses that are known by other names from now on: nothing but where they lead is changed, unless no class says the same yet. Cost:
   * what is told.
   */
  learn(changes: readonly NamedAddress[]): Step[] {
    this.tellNames(changes)
    for (const family of this.#families.values()) family.settle()
    const first = this.#moveNeutral()
    for (const family of this.#families.values()) family.renewGroups()
    this.#move()
    return [first, this.#takeStep(this.#early)].filter((step) => step !== undefined)
  }

  /** See `LiveClasses`. */
  get askedNames(): string {
    return [...this.#families.values()].map(({ classes }) => classes.askedNames).join('')
  }

  isNameAsked(name: string): boolean {
    return this.#families.values().some(({ classes }) => classes.isNameAsked(name))
  }

  isSaid(named: NamedAddress): boolean {
    return this.#families.get(named.address.version)?.classes.isSaid(named) === true
  }

  /** The same, to be taken in with the next update. */
  tellNames(changes: readonly NamedAddress[]): void {
    for (const { classes } of this.#families.values()) for (const it of changes) classes.setNames(it)
  }

  /** A while after the last change: removes what nothing leads to any more. */
  tidy(): Step[] {
    for (const slots of this.#slots) slots.tidy()
    for (const family of this.#families.values()) family.tidy()
    this.#stages.forgetOthers(this.#stagesInUse())
    this.#groups.forgetOthers(new Set(this.#families.values().flatMap((family) => family.groups)))
    const rows = this.#takeStep(this.#early)
    for (const family of this.#families.values()) {
      family.classes.forget()
      family.settle()
      family.renewGroups()
    }
    this.#move()
    return [rows, this.#takeStep(this.#early)].filter((step) => step !== undefined)
  }

  /**
   * Where no rule tells old and new classes apart, as when a policy is the first to read a label, addresses move before anything else
   * changes: then the rules can change alone.
   */
  #moveNeutral(): Step | undefined {
    const families = [...this.#families.values()]
    const isPossible = families.every((family) => family.areMovesNeutral && !family.isFull)
    if (this.#inet.hasChangedRules || !isPossible) return undefined
    for (const family of families) family.move()
    return this.#takeStep(this.#early)
  }

  /** Rules and elements never change in the same moment: a packet that came with the old rules would look up the new elements. */
  #move(): void {
    for (const family of this.#families.values()) {
      if (!family.hasMoves && !family.isFull) continue
      if (this.#inet.hasChangedRules || family.isFull) family.moveByRules()
      else family.move()
    }
  }

  #tell(state: PolicyState, { endpoints, hostEndpoints, networkSets }: StateDelta): void {
    for (const { classes } of this.#families.values()) {
      for (const it of endpoints.gone) classes.displace(it)
      for (const it of hostEndpoints.gone) classes.displace(this.#locatedAt(it))
      for (const it of endpoints.come) classes.place(it)
      for (const it of hostEndpoints.come) classes.place(this.#locatedAt(it))
      if (!isEmpty(networkSets)) classes.setNetworkSets(state.networkSets)
    }
    for (const it of hostEndpoints.gone) this.#located.delete(it)
  }

  /** From whom tunnels may come. */
  #tellNodes({ nodeAddresses }: PolicyState): void {
    if (nodeAddresses === this.#nodeAddresses) return
    this.#nodeAddresses = nodeAddresses
    const after = { chains: [], sets: tunnelNodes(this.#settings, nodeAddresses) }
    this.#inetParts.replace(this.#nodes, after)
    this.#nodes = after
  }

  /** One object for each host endpoint, as long as it is there. */
  #locatedAt(endpoint: HostEndpoint): Located {
    const known = this.#located.get(endpoint)
    if (known !== undefined) return known
    const made = { ...endpoint, addresses: endpoint.expectedAddresses }
    this.#located.set(endpoint, made)
    return made
  }

  /** Local endpoints that are new, governed otherwise, or gone: those have nothing. */
  #assign(delta: StateDelta, moved: ReadonlySet<Endpoint>) {
    const { gone, come } = delta.endpoints
    const locals = new Map<Endpoint, LocalEndpoint>()
    for (const it of gone) if (this.#local.has(it)) locals.set(it, nothing)
    const isConcerned = this.#concernedBy(delta)
    const stay = [...this.#local.keys()].filter((it) => !locals.has(it) && (moved.has(it) || isConcerned(it)))
    const own = come.filter(({ node }) => node === this.#node.name)
    for (const it of [...stay, ...own]) locals.set(it, this.#localEndpoint(it))
    return locals
  }

  /** Network sets count for what rules ask of an endpoint's own side: it may have an address of theirs. */
  #concernedBy({ policies, stagedPolicies, networkSets, isWhole }: StateDelta): (it: Endpoint) => boolean {
    const changed = [...new Set([policies, stagedPolicies].flatMap(({ gone, come }) => [...gone, ...come]))]
    const areSetsOthers = !isEmpty(networkSets)
    return (it) =>
      isWhole ||
      changed.some((policy) => selects(policy, it.labels)) ||
      (areSetsOthers && this.#isAskedOfItself(it))
  }

  #isAskedOfItself(endpoint: Endpoint): boolean {
    const assignments = this.#local.get(endpoint)?.assignments ?? []
    return assignments.flatMap(juriesOf).some(({ stage }) => this.#groups.asking(stage).length > 0)
  }

  #localEndpoint(endpoint: Endpoint): LocalEndpoint {
    const shared = { stages: this.#stages, groups: this.#groups }
    const assignments = assignGroups(shared, [endpoint], this.#mayHavePrefixes)
    const limit = limits([endpoint])
    return {
      assignments,
      parts: {
        chains: limit.chains,
        sets: [...this.#sources([endpoint]).sets, ...limit.sets],
      },
      arp: { ...partsOf(arpTable([endpoint], [])), chains: [] },
    }
  }

  #sources(endpoints: readonly Endpoint[]) {
    const { linkLocals } = this.#node
    return sources(endpoints, { mayHavePrefixes: this.#mayHavePrefixes, linkLocals })
  }

  get #mayHavePrefixes(): boolean {
    return this.#settings.workloadSourceSpoofing === 'Any'
  }

  /** Endpoints behind interfaces with another link-local address than before. */
  #movedLinks({ linkLocals }: NodeView): Set<Endpoint> {
    const before = this.#node.linkLocals
    if (before === linkLocals) return new Set()
    const moved = this.#local
      .keys()
      .filter(({ interfaceName: name }) => linkLocals.get(name)?.value !== before.get(name)?.value)
    return new Set(moved)
  }

  #concernsHosts({ hostEndpoints, policies, stagedPolicies, isWhole }: StateDelta): boolean {
    const areOthers = !isEmpty(policies) || !isEmpty(stagedPolicies)
    return isWhole || !isEmpty(hostEndpoints) || (this.#located.size > 0 && areOthers)
  }

  #assignHosts(state: PolicyState): HostState {
    const { name, interfaces } = this.#node
    const { interfacePrefixes } = this.#settings
    const all = state.hostEndpoints.values()
    const governing = resolveHostEndpoints(all, name, interfaces, interfacePrefixes)
    const assignments = assignHosts(this.#stages, governing)
    const entries = assignments.flatMap(({ endpoint, stage }) =>
      versions.map((version) => ({
        endpoint,
        stage,
        version,
        chain: this.#chainNames.ofStage(stage, version),
      })),
    )
    return { governing, assignments, dispatch: hostDispatch(entries, governing, this.#settings) }
  }

  /** Before `settle`: what the rules of what is new ask is going to be told apart. */
  #expect(needs: readonly Need[]): void {
    for (const [version, family] of this.#families) {
      const own = needs.filter((need) => need.version === version)
      for (const group of new Set(own.map(({ group }) => group))) {
        if (group !== undefined && !family.hasGroup(group)) family.expectGroup(group)
      }
      for (const stage of new Set(own.map(({ stage }) => stage))) {
        if (stage !== undefined && !family.hasStage(stage)) family.expectStage(stage)
      }
    }
  }

  /** What is left to be entered: elements for interfaces that led nowhere. */
  #exchange(locals: ReadonlyMap<Endpoint, LocalEndpoint>, hosts: HostState): SetContent[] {
    const before = [...locals.keys()].flatMap((it) => needsOf(this.#local.get(it) ?? nothing))
    const after = [...locals.values()].flatMap(needsOf)
    const [hostsBefore, hostsAfter] =
      hosts === this.#hosts ? [[], []] : [needsOfHosts(this.#hosts), needsOfHosts(hosts)]
    this.#exchangeNeeds([...before, ...hostsBefore], [...after, ...hostsAfter])
    const editions = this.#slots.map(({ edition }) => edition).join()
    const entries = this.#slots.map((slots) => this.#seat(slots, locals))
    for (const [endpoint, local] of locals) this.#replaceLocal(endpoint, local)
    const isFramed =
      hosts !== this.#hosts ||
      [...locals.keys()].some((it) => this.#isSpecial(it)) ||
      editions !== this.#slots.map(({ edition }) => edition).join()
    this.#inetParts.replace(this.#hosts.dispatch, hosts.dispatch)
    this.#hosts = hosts
    if (isFramed || this.#frame === noParts) this.#putFrame()
    return entries
  }

  /** Interfaces of what is there now lead to its groups. Returns what is left to be entered. */
  #seat(slots: Slots, locals: ReadonlyMap<Endpoint, LocalEndpoint>): SetContent {
    const { direction, version } = slots.maps
    const own = ({ assignments }: LocalEndpoint) =>
      assignments.filter((it) => it.direction === direction && it.version === version)
    const before = [...locals.keys()].flatMap((it) => own(this.#local.get(it) ?? nothing))
    const wanted = new Map(
      [...locals.values()].flatMap(own).map((it): [string, Place] => {
        const { interfaceName, key } = it.endpoint
        return [interfaceName, { lead: leadOf(it, this.#chainNames), name: key }]
      }),
    )
    const gone = before.map(({ endpoint }) => endpoint.interfaceName).filter((name) => !wanted.has(name))
    return slots.change(gone, wanted)
  }

  #enter(sets: readonly SetContent[]): void {
    for (const { set, elements } of sets)
      for (const element of elements) this.#inet.putElement(set.name, element)
  }

  /** What is in both stays. A chain of what goes may have become one of what is new. */
  #exchangeNeeds(before: readonly Need[], after: readonly Need[]): void {
    for (const need of after) this.#add(need)
    for (const need of before) this.#remove(need)
  }

  #add({ version, group, stage }: Need): void {
    if (group === undefined) this.#family(version).addStage(stage)
    else this.#family(version).addGroup(group)
  }

  #remove({ version, group, stage }: Need): void {
    if (group === undefined) this.#family(version).removeStage(stage)
    else this.#family(version).removeGroup(group)
  }

  #family(version: IpVersion): LiveFamily {
    const family = this.#families.get(version)
    if (family === undefined) throw new RangeError(`no IP version ${version}`)
    return family
  }

  #replaceLocal(endpoint: Endpoint, local: LocalEndpoint): void {
    const before = this.#local.get(endpoint) ?? nothing
    this.#inetParts.replace(before.parts, local.parts)
    this.#arpParts.replace(before.arp, local.arp)
    if (local === nothing) this.#local.delete(endpoint)
    else this.#local.set(endpoint, local)
  }

  /** Does the frame depend on it? */
  #isSpecial({ limits: own, allowedSourcePrefixes }: Endpoint): boolean {
    return own !== undefined || (this.#mayHavePrefixes && allowedSourcePrefixes.length > 0)
  }

  #putFrame(): void {
    const special = [...this.#local.keys()].filter((it) => this.#isSpecial(it))
    const { dispatch: host } = this.#hosts
    const pods = this.#slots.map(({ maps }) => maps)
    const parts = { host, limits: limits(special), sources: this.#sources(special), pods }
    const chains = frame(this.#settings, parts)
    const after = { chains, sets: [] }
    this.#inetParts.replace(this.#frame, after)
    this.#frame = after
  }

  #compileEarly(state: PolicyState): TableContent | undefined {
    const { governing, assignments: hosts } = this.#hosts
    return this.#earlyCompiler.compile(state, { devices: this.#node.interfaces, governing, hosts })
  }

  #stagesInUse(): Set<Stage> {
    const local = [...this.#local.values()].flatMap(({ assignments }) => assignments.flatMap(juriesOf))
    return new Set([...local, ...this.#hosts.assignments].map(({ stage }) => stage))
  }

  /** Undefined when nothing changed. The early table is another object where it may have changed. */
  #takeStep(early: TableContent | undefined): Step | undefined {
    const parts = [this.#inet.takeStep(), this.#arp.takeStep()].filter((part) => part !== undefined)
    const [before, after] = [this.#early, early]
    this.#early = early
    const others = before === after ? [[], []] : [before, after].map((it) => (it === undefined ? [] : [it]))
    const step = {
      before: [...parts.map((part) => part.before), ...(others[0] ?? [])],
      after: [...parts.map((part) => part.after), ...(others[1] ?? [])],
    }
    return step.before.length === 0 && step.after.length === 0 ? undefined : step
  }
}

function partsOf({ chains, sets }: TableContent): Parts {
  return { chains: [...chains.values()], sets: [...sets.values()] }
}

function isEmpty({ gone, come }: Delta<unknown>): boolean {
  return gone.length === 0 && come.length === 0
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
