/** How many other connections does a change gain or lose? */
import type { Route } from '../../evaluate/evaluate-route.ts'
import type { Flow } from '../../model/flow.ts'
import { Traffics } from '../../space/traffic.ts'
import type { Change } from './change.ts'
import { EndsFinder } from './changed-ends.ts'
import {
  changedHosts,
  governingHosts,
  hostConnections,
  placesOutside,
  verdictsOf,
} from './host-connections.ts'
import { outsideChanges, outsideView } from './outside-changes.ts'
import type { WhatIf } from './what-if.ts'
import { WorkloadConnections } from './workload-connections.ts'

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

/** How many connections between workloads are asked about for a change that concerns more workloads than `mostEnds`. */
const mostAsked = 10_000
/** Of how many workloads all connections are looked at, with all others and with all addresses outside. */
const mostEnds = 100

/** Of host endpoints: on its way through nodes a connection takes longer. */
const mostRoutes = 1000

/** What changes do to others than the connection that somebody asked about: one after another, in one world. */
export class OtherConnections {
  readonly #asked: Route
  readonly #world: WhatIf
  readonly #workloads: WorkloadConnections
  readonly #ends: EndsFinder

  constructor(asked: Route, world: WhatIf) {
    this.#asked = asked
    this.#world = world
    this.#workloads = new WorkloadConnections(world.state, asked.flow)
    this.#ends = new EndsFinder(this.#workloads.crowd)
  }

  effectOf(changes: readonly Change[]): Effect {
    const effects = [this.#effectOnWorkloads(changes), effectOnHosts(changes, this.#asked, this.#world)]
    return {
      others: sum(effects.map(({ others }) => others)),
      elsewhere: sum(effects.map(({ elsewhere }) => elsewhere)),
      asked: sum(effects.map(({ asked }) => asked)),
      isComplete: effects.every(({ isComplete }) => isComplete),
    }
  }

  #effectOnWorkloads(changes: readonly Change[]): Effect {
    const { crowd } = this.#workloads
    const { flow } = this.#asked
    const traffics = new Traffics()
    const { lookedAt, options, after, isFew } = this.#world.after(changes, (state, delta) => {
      const changed = this.#ends.changedBy(delta)
      const ends = [...changed.senders.union(changed.receivers)]
      const keys = new Set(ends.slice(0, mostEnds).map((end) => crowd.keyOf(end)))
      const options = { version: flow.ipVersion, traffics, request: flow.http, keys }
      const isFew = ends.length <= mostEnds
      return {
        lookedAt: this.#workloads.lookAt(state, changed, isFew ? Number.POSITIVE_INFINITY : mostAsked),
        options,
        after: outsideView(state, options),
        isFew,
      }
    })
    const between = this.#workloads.changed(this.#world.state, lookedAt)
    const before = outsideView(this.#world.state, options)
    const beyond = outsideChanges({ before, after, taken: crowd.taken, traffics }, flow)
    return {
      others: between.others + beyond.others,
      elsewhere: between.elsewhere + beyond.elsewhere,
      asked: between.asked,
      isComplete: isFew,
    }
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

function isSamePort({ destinationPort }: Flow) {
  return (flow: Flow): boolean => flow.destinationPort === destinationPort
}
