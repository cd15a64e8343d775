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
const mostAsked = 10_000

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

/** Every connection that one of these sends or gets, but for the one that is asked about. */
function* pairsAround(changed: Changed, state: PolicyState, flow: Flow): Iterable<Flow> {
  const everyone = [...state.endpoints.keys(), strangers[flow.ipVersion]]
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
