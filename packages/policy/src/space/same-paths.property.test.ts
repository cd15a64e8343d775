/**
 * Where no difference is told between two worlds, nodes with host endpoints treat packets alike in both.
 *
 * MARGAY_CASES  how many worlds; 150 by default. MARGAY_SEED  a whole number that decides them.
 */
import { parseIp } from '@margay/netset'
import { flowOf, hostWorlds, inWorld, type PathLeg, type PathProbe, paths, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PathDecision } from '../evaluate/decision.ts'
import { evaluate } from '../evaluate/evaluate.ts'
import { evaluatePath, type Leg } from '../evaluate/evaluate-path.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { resolveHostEndpoints } from '../state/resolve-host-endpoints.ts'
import { differencesBetween } from './difference.ts'
import { runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 150)
const probes = fc.array(paths(smallCast), { minLength: 20, maxLength: 40 })

/** What policies are made of; settings of nodes are another matter. */
const ofPolicy = /Policy$|^Tier$|NetworkSet$|^HostEndpoint$|^Profile$|^EndpointSlice$/

const cases = fc.tuple(hostWorlds(smallCast), fc.nat(), probes)

test('where no difference is told there is none on the way through a node', {
  timeout: 30_000 + numRuns * 1000,
}, () => {
  let [same, told] = [0, 0]
  fc.assert(
    fc.property(cases, ([objects, choice, asked]) => {
      const removable = objects.filter(({ kind }) => ofPolicy.test(kind))
      if (removable.length === 0) return
      const gone = removable[choice % removable.length]
      const [old, now] = [objects, objects.filter((it) => it !== gone)].map(stateOf) as [
        PolicyState,
        PolicyState,
      ]
      if (isTold(old, now)) {
        told++
        return
      }
      same++
      inWorld(objects, () => {
        for (const probe of asked)
          expect(decided(now, probe), JSON.stringify({ gone, probe })).toBe(decided(old, probe))
      })
    }),
    { numRuns, ...seed },
  )
  expect(same).toBeGreaterThan(0)
  expect(told).toBeGreaterThan(0)
})

function isTold(old: PolicyState, now: PolicyState): boolean {
  return ([4, 6] as const).some((version) => {
    const { connections, requests, hosts, nodes } = differencesBetween(
      { state: old },
      { state: now },
      version,
    )
    return connections.length + requests.length + hosts.length + nodes.unclear.length > 0
  })
}

/**
 * What one node decides of a packet that nothing else stops, as far as it opens a connection that differences are told of. They are told
 * of what both ends would have: a workload on another node is judged there, and what neither end's policy would have is no connection in
 * either world, whatever this node says of it. And of two, each with addresses of its own: nothing is said of a workload that reaches
 * itself by way of a service, nor of what one may send under the address of another; nodes judge both.
 */
function decided(state: PolicyState, probe: PathProbe): string {
  const { verdict, isDecided, stages } = decidedOnTheWay(state, probe)
  // What is not tracked is not translated.
  const isUntracked = stages.some(({ stage, action }) => stage === 'Untracked' && action === 'Allow')
  const { packet } = isUntracked ? probe.original : (probe.translated ?? probe.original)
  const flow = flowOf(state, packet)
  const sender = probe.from === undefined ? undefined : state.endpointBehind(probe.node, probe.from)
  const [source, destination] = [flow.source.endpoint, flow.destination.endpoint]
  if (source !== undefined && source === destination) return 'to itself'
  if (sender !== undefined && sender !== source) return 'under the address of another'
  return evaluate(state, flow).verdict === 'Deny' ? 'Deny' : `${verdict} ${isDecided}`
}

function decidedOnTheWay(
  state: PolicyState,
  { node, interfaces, from, original, translated }: PathProbe,
): PathDecision {
  const known = interfaces.map(({ name, addresses }) => ({
    name,
    addresses: addresses.map(parseIp).filter((ip) => ip !== undefined),
  }))
  const { interfacePrefixes } = state.settingsOf(node)
  const governing = resolveHostEndpoints(state.hostEndpoints.values(), node, known, interfacePrefixes)
  const leg = ({ packet, to }: PathLeg): Leg => ({ flow: flowOf(state, packet), outInterface: to })
  const way = { inInterface: from, original: leg(original), translated: translated && leg(translated) }
  return evaluatePath(state, { name: node, governing }, way)
}
