/** How many other connections does a change gain or lose? */
import type { Verdict } from '../../evaluate/decision.ts'
import { evaluate } from '../../evaluate/evaluate.ts'
import type { Route } from '../../evaluate/evaluate-route.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { Flow } from '../../model/flow.ts'
import { hasPorts } from '../../model/protocol.ts'
import { Traffics } from '../../space/traffic.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { Change } from './change.ts'
import {
  changedHosts,
  governingHosts,
  hostConnections,
  placesOutside,
  verdictsOf,
} from './host-connections.ts'
import { outsideChanges, outsideView } from './outside-changes.ts'
import { flowIn, type WhatIf } from './what-if.ts'

export interface Effect {
  /** Connections between other workloads, of nodes, or between a workload and addresses outside, of the same kind of packet. */
  readonly others: number
  /** The same at a port that nobody asked about, with the connection that was asked about itself. */
  readonly elsewhere: number
  /** Of how many connections between workloads, and of nodes, it is known whether they change. */
  readonly asked: number
  /** False: there were more than could be asked. */
  readonly isComplete: boolean
}

/** How many connections between workloads are asked about for one change: exact sets of all of them take ten times as long. */
const mostAsked = 10_000
/** Of how many workloads all addresses outside are looked at. */
const mostEnds = 100

/** Of host endpoints: on its way through nodes a connection takes longer. */
const mostRoutes = 1000

export function effectOf(changes: readonly Change[], asked: Route, world: WhatIf): Effect {
  const effects = [effectOnWorkloads(changes, asked.flow, world), effectOnHosts(changes, asked, world)]
  return {
    others: sum(effects.map(({ others }) => others)),
    elsewhere: sum(effects.map(({ elsewhere }) => elsewhere)),
    asked: sum(effects.map(({ asked }) => asked)),
    isComplete: effects.every(({ isComplete }) => isComplete),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, it) => all + it, 0)
}

function effectOnHosts(changes: readonly Change[], asked: Route, world: WhatIf): Effect {
  const before = governingHosts(world.state)
  const keys = world.after(changes, (state) => changedHosts(state, before))
  if (keys.length === 0) return { others: 0, elsewhere: 0, asked: 0, isComplete: true }
  const { ipVersion } = asked.flow
  const places = placesOutside(world.state, ipVersion)
  const { connections, after } = world.after(changes, (state) => {
    const all = hostConnections(state, keys, [...places, ...placesOutside(state, ipVersion)], asked)
    const connections = Iterator.from(all).take(mostRoutes).toArray()
    return { connections, after: verdictsOf(state, connections) }
  })
  const now = verdictsOf(world.state, connections)
  const changed = connections.filter((_, index) => now[index] !== after[index])
  const count = (some: typeof changed) => new Set(some.map(({ name }) => name)).size
  const others = count(changed.filter(({ route }) => isSamePort(asked.flow)(route.flow)))
  const isComplete = connections.length < mostRoutes
  return { others, elsewhere: count(changed) - others, asked: connections.length, isComplete }
}

function effectOnWorkloads(changes: readonly Change[], flow: Flow, world: WhatIf): Effect {
  const before = governing(world.state)
  const traffics = new Traffics()
  const found = world.after(changes, (state) => {
    const changed = changedIn(state, before)
    const ends = [...changed.senders.union(changed.receivers)]
    const keys = new Set(ends.slice(0, mostEnds))
    const flows = Iterator.from(pairsAround(changed, state, flow))
      .take(mostAsked)
      .toArray()
    const options = { version: flow.ipVersion, traffics, request: flow.http, keys }
    return {
      flows,
      after: verdicts(state, flows),
      options,
      outside: outsideView(state, options),
      isComplete: flows.length < mostAsked && ends.length <= mostEnds,
    }
  })
  const { flows, after, options, outside, isComplete } = found
  const now = verdicts(
    world.state,
    flows.map((it) => flowIn(world.state, it)),
  )
  const changed = flows.filter((_, index) => now[index] !== after[index])
  const others = changed.filter(isSamePort(flow)).length
  const beyond = outsideChanges(outsideView(world.state, options), outside, flow, traffics)
  return {
    others: others + beyond.others,
    elsewhere: changed.length - others + beyond.elsewhere,
    asked: flows.length,
    isComplete,
  }
}

function verdicts(state: PolicyState, flows: readonly Flow[]): Verdict[] {
  return flows.map((flow) => evaluate(state, flow).verdict)
}

function isSamePort({ destinationPort }: Flow) {
  return (flow: Flow): boolean => flow.destinationPort === destinationPort
}

/** Each endpoint with what governs it: other objects if it is something else. */
type Governing = ReadonlyMap<string, Governed>

interface Governed {
  readonly endpoint: Endpoint
  readonly egress: unknown
  readonly ingress: unknown
}

function governing(state: PolicyState): Governing {
  return new Map([...state.endpoints].map(([key, endpoint]) => [key, governed(state, endpoint)]))
}

function governed(state: PolicyState, endpoint: Endpoint): Governed {
  const [egress, ingress] = (['Egress', 'Ingress'] as const).map((it) => state.effectivePolicy(endpoint, it))
  return { endpoint, egress, ingress }
}

/** Endpoints, by key, that send or get by another policy than before; in both ways where they are others themselves. */
interface Changed {
  readonly senders: ReadonlySet<string>
  readonly receivers: ReadonlySet<string>
}

function changedIn(state: PolicyState, before: Governing): Changed {
  const [senders, receivers] = [new Set<string>(), new Set<string>()]
  for (const [key, now] of governing(state)) {
    const known = before.get(key)
    const isOther = known?.endpoint !== now.endpoint
    if (isOther || known?.egress !== now.egress) senders.add(key)
    if (isOther || known?.ingress !== now.ingress) receivers.add(key)
  }
  return { senders, receivers }
}

/** Every connection with another workload that one of these sends or gets, but for the one that is asked about. */
function* pairsAround(changed: Changed, state: PolicyState, flow: Flow): Iterable<Flow> {
  const everyone = [...state.endpoints.keys()]
  const [source, destination] = [flow.source.endpoint?.key, flow.destination.endpoint?.key]
  for (const [from, to] of pairsWith(changed, everyone)) {
    const isAskedFor = source === from && destination === to
    for (const pair of between(state, from, to, flow)) {
      if (!isAskedFor || pair.destinationPort !== flow.destinationPort) yield pair
    }
  }
}

/** Each once. */
function* pairsWith(
  { senders, receivers }: Changed,
  everyone: readonly string[],
): Iterable<[from: string, to: string]> {
  for (const from of senders) for (const to of everyone) if (from !== to) yield [from, to]
  for (const to of receivers) {
    for (const from of everyone) if (from !== to && !senders.has(from)) yield [from, to]
  }
}

function* between(state: PolicyState, from: string, to: string, flow: Flow): Iterable<Flow> {
  const [source, destination] = [from, to].map((key) => sideOf(state, key, flow))
  if (source === undefined || destination === undefined) return
  const asked = { ...flow, source, destination }
  yield asked
  if (hasPorts(flow.protocol)) yield { ...asked, destinationPort: flow.destinationPort === 1 ? 2 : 1 }
}

/** Undefined for one whose addresses are of another IP version only. */
function sideOf(state: PolicyState, key: string, { ipVersion }: Flow) {
  const endpoint = state.endpoints.get(key)
  if (endpoint === undefined) return undefined
  const address = endpoint.addresses.find(({ version }) => version === ipVersion)
  return address === undefined && endpoint.addresses.length > 0 ? undefined : { endpoint, address }
}
