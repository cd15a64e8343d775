/**
 * What host endpoints reach, and who reaches them, is for each single packet what the evaluator says of its whole way, in random worlds; and
 * the rows that are made of it say the same of each two.
 *
 * MARGAY_CASES  how many worlds; 120 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { IpVersion } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import {
  flowOf,
  hostWorlds,
  httpRequests,
  httpWorlds,
  inWorld,
  packets,
  paths,
  smallCast,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRoute } from '../evaluate/evaluate-route.ts'
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { RouteEnd } from './host-ends.ts'
import { type HostBlock, type HostRow, hostFlows } from './host-flows.ts'
import { asStaged, nameOf, pairsOf, routeOf } from './host-routes.testkit.ts'
import { areTogether, HostRoutes } from './host-routes.ts'
import { carries } from './limited-flows.testkit.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 120)
const timeout = 30_000 + numRuns * 1000
/** Those on the way through nodes are tunnels' too. */
const onTheWay = paths(smallCast).map(({ original, translated }) => (translated ?? original).packet)
const asked = fc.array(fc.oneof(packets(smallCast), onTheWay), { minLength: 6, maxLength: 12 })
const cases = fc.tuple(hostWorlds(smallCast), asked, fc.boolean(), fc.boolean())

test('a packet passes exactly if it is one of those that are held to', { timeout }, () => {
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
            const names = [nameOf(from), nameOf(to)]
            for (const flow of flows) {
              const { verdict } = evaluateRoute(meant, routeOf(meant, flow, [from, to], isLast))
              const held = allowed.holds(...pairOf(flow, version)) ? 'Allow' : 'Deny'
              expect([...names, flow, held]).toEqual([...names, flow, verdict])
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

test('of each two, the one row that is about them says what passes', { timeout }, () => {
  const restrictions = new Set<unknown>()
  fc.assert(
    fc.property(hostWorlds(smallCast).map(withTwins), (objects) => {
      const state = stateOf(objects)
      inWorld(objects, () => {
        for (const version of [4, 6] as const) {
          const routes = new HostRoutes(state, version)
          const rows = hostFlows(routes)
          for (const { nodes } of rows) restrictions.add(nodes)
          for (const [from, to] of pairsOf(routes.ends)) {
            const about = rows.filter((row) => isAbout(row, from, to)).map(({ packets }) => packets.id)
            const { id, isEmpty } = routes.allowed(from, to)
            expect([nameOf(from), nameOf(to), about]).toEqual([nameOf(from), nameOf(to), isEmpty ? [] : [id]])
          }
        }
      })
    }),
    { numRuns, ...seed },
  )
  expect(restrictions).toEqual(new Set([undefined, 'Same', 'Different']))
})

/** A host endpoint like each on the other node, so that some kinds are on both. */
function withTwins(objects: readonly ResourceObject[]): ResourceObject[] {
  const hosts = objects.filter(({ kind }) => kind === 'HostEndpoint')
  const twins = hosts.map(({ metadata, spec, ...host }, i) => ({
    ...host,
    metadata: { ...metadata, name: `twin-${metadata.name}` },
    spec: {
      ...(spec as object),
      node: (spec as { node: string }).node === 'a' ? 'b' : 'a',
      expectedIPs: [`192.0.2.${i}`],
    },
  }))
  return [...objects, ...twins]
}

const v3 = (kind: string, name: string, spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name },
  spec,
})
/** Of which every TCP connection gets out, so that it is for pods to say which requests it carries. */
const openHosts = [
  v3('HostEndpoint', 'of-a', { node: 'a', interfaceName: 'eth0', expectedIPs: ['198.18.0.1'] }),
  v3('HostEndpoint', 'of-b', { node: 'b', expectedIPs: ['198.18.0.2', 'fd6d:6172:6761:7900::2'] }),
  v3('FelixConfiguration', 'default', { failsafeOutboundHostPorts: [{ protocol: 'TCP', port: 0 }] }),
]
/** Where packets are forwarded nothing reads requests, so rows are not divided by what is asked there. */
const withHttp = httpWorlds(smallCast).map((objects) => [...objects.map(notOnForward), ...openHosts])

function notOnForward(object: ResourceObject): ResourceObject {
  if (object.kind !== 'GlobalNetworkPolicy') return object
  const { applyOnForward: _, ...spec } = object.spec as { readonly applyOnForward?: boolean }
  return { ...object, spec }
}

const overTcp = packets(smallCast).map((packet) => ({
  sourcePort: 40_000,
  destinationPort: 80,
  ...packet,
  protocol: protocols.tcp,
}))
const requests = fc.tuple(
  fc.array(overTcp, { minLength: 12, maxLength: 24 }),
  fc.array(httpRequests, { minLength: 3, maxLength: 6 }),
)

test('which requests connections to workloads carry is what the evaluator allows', { timeout }, () => {
  let [limited, refused] = [0, 0]
  fc.assert(
    fc.property(withHttp, requests, (objects, [probes, requested]) => {
      const state = stateOf(objects)
      const check = (version: IpVersion, http: HttpRequest) => {
        const [routes, alone] = [undefined, http].map(
          (request) => new HostRoutes(state, version, request && { request }),
        ) as [HostRoutes, HostRoutes]
        const rows = hostFlows(routes)
        const flows = probes.map((it) => flowOf(state, it)).filter((it) => it.ipVersion === version)
        for (const [from, to] of pairsOf(routes.ends)) {
          if (to.peer.kind !== 'Workload') continue
          const row = rows.find((it) => isAbout(it, from, to))
          const passing = alone.allowed(...(sameIn(alone, routes, [from, to]) as [RouteEnd, RouteEnd]))
          for (const flow of flows.map((it) => ({ ...it, http }))) {
            const packet = pairOf(flow, version)
            const { verdict } = evaluateRoute(state, routeOf(state, flow, [from, to], false))
            const limit = row?.limits.find((it) => it.packets.holds(...packet))
            const isSaid = row?.packets.holds(...packet) === true && carries(limit, http)
            const isAllowed = verdict === 'Allow'
            expect([isSaid, passing.holds(...packet)]).toEqual([isAllowed, isAllowed])
            if (limit !== undefined) limited++
            if (limit !== undefined && !isAllowed) refused++
          }
        }
      }
      inWorld(objects, () => {
        for (const http of requested) for (const version of [4, 6] as const) check(version, http)
      })
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(limited - refused, refused)).toBeGreaterThan(0)
})

/** The same ends: each is where it is in the other. */
function sameIn(other: HostRoutes, { ends }: HostRoutes, those: readonly RouteEnd[]): RouteEnd[] {
  return those.map((it) => other.ends[ends.indexOf(it)] as RouteEnd)
}

function isAbout({ from, to, nodes }: HostRow, source: RouteEnd, destination: RouteEnd): boolean {
  const isMeant = nodes === undefined || areTogether(source, destination) === (nodes === 'Same')
  return isMeant && isIn(from, source) && isIn(to, destination)
}

function isIn({ hosts, workloads, outside }: HostBlock, { peer }: RouteEnd): boolean {
  if (peer.kind === 'Host') return hosts.includes(peer)
  if (peer.kind === 'Workload') return workloads.includes(peer)
  return peer.spans.every((one) => outside.some(({ first, last }) => first <= one.first && one.last <= last))
}
