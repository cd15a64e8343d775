/** How many other connections does a change gain or lose? */
import { parseIp } from '@margay/netset'
import type { Verdict } from '../../evaluate/decision.ts'
import { evaluate } from '../../evaluate/evaluate.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { Flow } from '../../model/flow.ts'
import { hasPorts } from '../../model/protocol.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { Change } from './change.ts'
import { flowIn, type WhatIf } from './what-if.ts'

export interface Effect {
  /** Connections between other workloads, or between a workload and an address outside, at the same port. */
  readonly others: number
  /** The same at a port that nobody asked about, with the connection that was asked about itself. */
  readonly elsewhere: number
  /** Of how many connections it is known whether they change. */
  readonly asked: number
  /** False: there were more than could be asked. */
  readonly isComplete: boolean
}

/** How many connections are asked about for one change. */
const mostAsked = 20_000

export function effectOf(changes: readonly Change[], flow: Flow, world: WhatIf): Effect {
  const before = governing(world.state)
  const found = world.after(changes, (state) => {
    const flows = pairsAround(changedIn(state, before), state, flow)
    const asked = Iterator.from(flows).take(mostAsked).toArray()
    return { flows: asked, after: verdicts(state, asked), isComplete: asked.length < mostAsked }
  })
  const now = verdicts(
    world.state,
    found.flows.map((it) => flowIn(world.state, it)),
  )
  const changed = found.flows.filter((_, index) => now[index] !== found.after[index])
  const isAsked = isSamePort(flow)
  const others = changed.filter(isAsked).length
  return {
    others,
    elsewhere: changed.length - others,
    asked: found.flows.length,
    isComplete: found.isComplete,
  }
}

function verdicts(state: PolicyState, flows: readonly Flow[]): Verdict[] {
  return flows.map((flow) => evaluate(state, flow).verdict)
}

function isSamePort({ destinationPort }: Flow) {
  return (flow: Flow): boolean => flow.destinationPort === destinationPort
}

/** What governs each endpoint: another object if it is something else. */
type Governing = ReadonlyMap<string, readonly unknown[]>

function governing(state: PolicyState): Governing {
  return new Map([...state.endpoints].map(([key, endpoint]) => [key, governors(state, endpoint)]))
}

function governors(state: PolicyState, endpoint: Endpoint): readonly unknown[] {
  return [endpoint, state.effectivePolicy(endpoint, 'Egress'), state.effectivePolicy(endpoint, 'Ingress')]
}

/** Endpoints that others govern, or that are others. */
function changedIn(state: PolicyState, before: Governing): Set<Endpoint> {
  const isOther = ([key, endpoint]: [string, Endpoint]) => {
    const known = before.get(key) ?? []
    return governors(state, endpoint).some((it, index) => it !== known[index])
  }
  return new Set([...state.endpoints].filter(isOther).map(([, endpoint]) => endpoint))
}

/** Every connection with one of these at an end, but for the one that is asked about. */
function* pairsAround(changed: ReadonlySet<Endpoint>, state: PolicyState, flow: Flow): Iterable<Flow> {
  const everyone = [...[...state.endpoints.values()].map(({ key }) => key), strangers[flow.ipVersion]]
  const ends = [flow.source.endpoint?.key, flow.destination.endpoint?.key]
  for (const [from, to] of pairsWith(
    [...changed].map(({ key }) => key),
    everyone,
  )) {
    const isAskedFor = ends[0] === from && ends[1] === to
    for (const pair of between(state, from, to, flow)) {
      if (!isAskedFor || pair.destinationPort !== flow.destinationPort) yield pair
    }
  }
}

/** Each once, in both directions. */
function* pairsWith(
  some: readonly string[],
  everyone: readonly string[],
): Iterable<[from: string, to: string]> {
  const done = new Set<string>()
  for (const one of some) {
    done.add(one)
    for (const other of everyone) {
      if (done.has(other)) continue
      yield [one, other]
      yield [other, one]
    }
  }
}

/** Kept free for examples: nobody has them. Source: RFC 5737, RFC 3849. */
const strangers = { 4: '192.0.2.253', 6: '2001:db8::253' } as const

function* between(state: PolicyState, from: string, to: string, flow: Flow): Iterable<Flow> {
  const [source, destination] = [from, to].map((text) => sideOf(state, text, flow))
  if (source === undefined || destination === undefined) return
  const asked = { ...flow, source, destination }
  yield asked
  if (hasPorts(flow.protocol)) yield { ...asked, destinationPort: flow.destinationPort === 1 ? 2 : 1 }
}

/** Undefined for one whose addresses are of another IP version only. */
function sideOf(state: PolicyState, text: string, { ipVersion }: Flow) {
  const endpoint = state.endpoints.get(text)
  if (endpoint === undefined) return { endpoint, address: parseIp(text) }
  const address = endpoint.addresses.find(({ version }) => version === ipVersion)
  return address === undefined && endpoint.addresses.length > 0 ? undefined : { endpoint, address }
}
