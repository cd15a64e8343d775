/**
 * What host endpoints reach, and who reaches them, is for each single packet what the evaluator says of its whole way, in random worlds.
 *
 * MARGAY_CASES  how many worlds; 120 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { ResourceObject } from '@margay/resources'
import { flowOf, hostWorlds, inWorld, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRoute, type RouteHost } from '../evaluate/evaluate-route.ts'
import type { Flow, FlowPeer } from '../model/flow.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { RouteEnd } from './host-ends.ts'
import { areTogether, HostRoutes } from './host-routes.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 120)
const asked = fc.array(packets(smallCast), { minLength: 6, maxLength: 12 })
const cases = fc.tuple(hostWorlds(smallCast), asked, fc.boolean(), fc.boolean())

test('a packet passes exactly if it is one of those that are held to', {
  timeout: 30_000 + numRuns * 1000,
}, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(cases, ([all, probes, staged, isLast]) => {
      const objects = staged ? all.filter(({ kind }) => !kind.startsWith('Staged')) : all
      const meant = stateOf(objects)
      const state = staged ? stateOf(objects.map(asStaged)) : meant
      inWorld(objects, () => {
        for (const version of [4, 6] as const) {
          const routes = new HostRoutes(state, version, { staged })
          const flows = probes.map((it) => flowOf(state, it)).filter((it) => it.ipVersion === version)
          for (const [from, to] of pairsOf(routes.ends)) {
            const allowed = routes.allowed(from, to)
            for (const flow of flows) {
              const route = routeOf(meant, flow, from, to, isLast)
              const { verdict } = evaluateRoute(meant, route)
              const isHeld = allowed.holds(...pairOf(flow, version))
              expect([nameOf(from), nameOf(to), flow, isHeld ? 'Allow' : 'Deny']).toEqual([
                nameOf(from),
                nameOf(to),
                flow,
                verdict,
              ])
              const place = areTogether(from, to) ? 'on one node' : 'apart'
              seen.add(`${from.peer.kind} to ${to.peer.kind} ${place} ${verdict}`)
            }
          }
        }
      })
    }),
    { numRuns, ...seed },
  )
  for (const verdict of ['Allow', 'Deny']) {
    for (const other of ['Outside', 'Workload']) {
      expect(seen).toContain(`Host to ${other} apart ${verdict}`)
      expect(seen).toContain(`${other} to Host apart ${verdict}`)
    }
    expect(seen).toContain(`Host to Host apart ${verdict}`)
    expect(seen).toContain(`Workload to Host on one node ${verdict}`)
  }
  expect(seen).toContain('Host to Workload on one node Allow')
})

function asStaged(object: ResourceObject): ResourceObject {
  const isStageable =
    /^(Global)?NetworkPolicy$/.test(object.kind) && object.apiVersion === 'projectcalico.org/v3'
  return isStageable ? { ...object, kind: `Staged${object.kind}` } : object
}

function pairsOf(ends: readonly RouteEnd[]): (readonly [RouteEnd, RouteEnd])[] {
  return ends.flatMap((from) =>
    ends
      .filter((to) => {
        const hosts = [from, to].filter(({ peer }) => peer.kind === 'Host')
        return hosts.length === 1 || (hosts.length === 2 && !areTogether(from, to))
      })
      .map((to) => [from, to] as const),
  )
}

function nameOf({ peer }: RouteEnd): string {
  return peer.kind === 'Host'
    ? `host ${peer.host.key}`
    : peer.kind === 'Workload'
      ? peer.endpoint.key
      : peer.kind
}

/** `isLast`: by the last address of what is outside, not by the first. */
function routeOf(state: PolicyState, flow: Flow, from: RouteEnd, to: RouteEnd, isLast: boolean) {
  const [source, destination] = [from, to].map((end) => peerAt(state, end, flow, isLast)) as [
    FlowPeer,
    FlowPeer,
  ]
  return { flow: { ...flow, source, destination }, from: hostAt(state, from), to: hostAt(state, to) }
}

function peerAt(
  state: PolicyState,
  { peer }: RouteEnd,
  { ipVersion: version }: Flow,
  isLast: boolean,
): FlowPeer {
  switch (peer.kind) {
    case 'Host':
      return { endpoint: undefined, address: peer.address }
    case 'Workload':
      return { endpoint: state.endpoints.get(peer.endpoint.key), address: peer.address }
    case 'Outside': {
      const span = peer.spans.at(isLast ? -1 : 0)
      return { endpoint: undefined, address: span && { version, value: isLast ? span.last : span.first } }
    }
  }
}

function hostAt(state: PolicyState, { peer }: RouteEnd): RouteHost | undefined {
  if (peer.kind !== 'Host') return undefined
  return { node: peer.host.node, endpoint: state.hostEndpoints.get(peer.host.key) }
}
