/** Connections that are counted by kinds of workloads are those that differ when each of them is asked about by itself. */
import type { Pod, Resource, ResourceObject } from '@margay/resources'
import { admitAll, flowOf, hostWorlds, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../evaluate/evaluate.ts'
import type { Endpoint } from '../../model/endpoint.ts'
import type { Flow } from '../../model/flow.ts'
import { hasPorts } from '../../model/protocol.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { type Change, patched, removed } from './change.ts'
import { EndsFinder } from './changed-ends.ts'
import { flowIn, WhatIf } from './what-if.ts'
import { type ChangedConnections, WorkloadConnections } from './workload-connections.ts'

const cases = fc.record({
  objects: fc.oneof(worlds(smallCast), hostWorlds(smallCast)),
  packet: packets(smallCast),
  choices: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  most: fc.constantFrom(1, 2, 7, 30, 10_000),
})

let found = 0

test('counted by kinds, and one by one', { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(cases, (it) => {
      found += expectCounted(it)
    }),
    { numRuns: 150 },
  )
  expect(found).toBeGreaterThan(100)
})

test('an end that gets otherwise after a change, and is asked first what it sends then, is what it was when the change is taken back', () => {
  const pod = (namespace: string, name: string, ip: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: {} },
    spec: { nodeName: 'b', serviceAccountName: 'default', containers: [] },
    status: { phase: 'Running', podIPs: [{ ip }] },
  })
  const namespaces = ['red', 'green'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: {} },
  }))
  const closed = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'red', name: 'closed' },
    spec: { podSelector: {} },
  }
  const pods = [
    pod('red', 'r', '10.65.0.2'),
    pod('green', 'g', '10.65.128.1'),
    pod('green', 'h', '10.65.128.2'),
  ]
  const packet = {
    sourceIp: '10.65.0.1',
    destinationIp: '10.65.0.1',
    protocol: 6,
    sourcePort: 80,
    destinationPort: 80,
  }
  for (const choice of [2, 5, 8]) {
    const objects = [...namespaces, ...pods, closed]
    expect(expectCounted({ objects, packet, choices: [choice, 0], most: 10_000 })).toBeGreaterThan(0)
  }
})

interface Case {
  readonly objects: readonly ResourceObject[]
  readonly packet: Parameters<typeof flowOf>[1]
  readonly choices: readonly number[]
  readonly most: number
}

/** How many were found. */
function expectCounted({ objects, packet, choices, most }: Case): number {
  const resources = admitAll(objects)
  const world = new WhatIf(resources)
  const flow = flowOf(world.state, packet)
  const connections = new WorkloadConnections(world.state, flow)
  const ends = new EndsFinder(connections.crowd)
  let count = 0
  // One after another: what is known of one change is used for the next.
  for (const choice of choices) {
    const changes = changesOf(resources, choice)
    const expected = oneByOne(world, changes, flow, most)
    const lookedAt = world.after(changes, (state, delta) =>
      connections.lookAt(state, ends.changedBy(delta), most),
    )
    expect(connections.changed(world.state, lookedAt)).toEqual(expected)
    count += expected.others + expected.elsewhere
  }
  return count
}

/** A policy less, a pod with other labels, or both. */
function changesOf(resources: readonly Resource[], choice: number): Change[] {
  const policies = resources.filter(
    ({ kind }) => kind.endsWith('NetworkPolicy') && !kind.startsWith('Staged'),
  )
  const pods = resources.filter((it): it is Pod => it.kind === 'Pod')
  const [policy, pod] = [policies, pods].map((all) => all[Math.floor(choice / 3) % all.length])
  const changes = [
    ...(choice % 3 !== 0 && policy !== undefined ? [removed(policy)] : []),
    ...(choice % 3 !== 1 && pod !== undefined ? [relabelled(pod as Pod, choice, pods)] : []),
  ]
  return changes.filter((it) => it !== undefined)
}

/** With the labels of another pod, or with none. */
function relabelled(pod: Pod, choice: number, pods: readonly Pod[]): Change | undefined {
  const value = pods[Math.floor(choice / 7) % (pods.length + 1)]?.metadata.labels ?? {}
  return patched('AddLabel', pod, [{ op: 'add', path: '/metadata/labels', value }])
}

type Pairs = readonly (readonly [from: string, to: string])[]

function oneByOne(world: WhatIf, changes: readonly Change[], flow: Flow, most: number): ChangedConnections {
  const old = governing(world.state)
  const { flows, after } = world.after(changes, (state) => {
    const now = governing(state)
    const isOther = (key: string, index: number) => now.get(key)?.[index] !== old.get(key)?.[index]
    const all = [...state.endpoints.keys()]
    const senders = new Set(all.filter((key) => isOther(key, 0) || isOther(key, 1)))
    const receivers = all.filter((key) => isOther(key, 0) || isOther(key, 2))
    const pairs: Pairs = [
      ...[...senders].flatMap((from) => all.map((to) => [from, to] as const)),
      ...receivers.flatMap((to) => all.map((from) => [from, to] as const).filter(([it]) => !senders.has(it))),
    ]
    const flows = pairs.flatMap(([from, to]) => (from === to ? [] : between(state, from, to, flow)))
    const counted = flows.slice(0, most)
    return { flows: counted, after: counted.map((it) => evaluate(state, it).verdict) }
  })
  const changed = flows.filter(
    (it, index) => evaluate(world.state, flowIn(world.state, it)).verdict !== after[index],
  )
  const others = changed.filter((it) => it.destinationPort === flow.destinationPort).length
  return { others, elsewhere: changed.length - others, asked: flows.length }
}

/** Another object if it is something else: the endpoint, and what governs it. */
function governing(state: PolicyState): Map<string, readonly unknown[]> {
  const directions = ['Egress', 'Ingress'] as const
  return new Map(
    [...state.endpoints].map(([key, it]) => [
      key,
      [it, ...directions.map((direction) => state.effectivePolicy(it, direction))],
    ]),
  )
}

/** But for the one that is asked about. */
function between(state: PolicyState, from: string, to: string, flow: Flow): Flow[] {
  const [source, destination] = [from, to].map((key) => {
    const endpoint = state.endpoints.get(key) as Endpoint
    const address = endpoint.addresses.find(({ version }) => version === flow.ipVersion)
    return address === undefined && endpoint.addresses.length > 0 ? undefined : { endpoint, address }
  })
  if (source === undefined || destination === undefined) return []
  const one = { ...flow, source, destination }
  const other = { ...one, destinationPort: flow.destinationPort === 1 ? 2 : 1 }
  const isAsked = flow.source.endpoint?.key === from && flow.destination.endpoint?.key === to
  return [...(isAsked ? [] : [one]), ...(hasPorts(flow.protocol) ? [other] : [])]
}
