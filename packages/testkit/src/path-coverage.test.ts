/** What happens to packets on their way through a node must happen often enough in a sample, each stage and each reason. */
import { parseIp } from '@margay/netset'
import { buildPolicyState, evaluatePath, type PolicyState, resolveHostEndpoints } from '@margay/policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallCast } from './cast.ts'
import { flowOf } from './packets.ts'
import { type PathLeg, type PathProbe, paths } from './paths.ts'
import { admitAll, hostWorlds } from './world.ts'

const probes = fc.array(paths(smallCast), { minLength: 20, maxLength: 20 })
const sample = fc.sample(fc.tuple(hostWorlds(smallCast), probes), { numRuns: 800, seed: 5 })

const decisions = sample.flatMap(([objects, asked]) => {
  const { state, problems, objectProblems } = buildPolicyState(admitAll(objects))
  expect([...problems, ...objectProblems]).toEqual([])
  return asked.map((probe) => decide(state, probe))
})

function decide(state: PolicyState, { node, interfaces, from, original, translated }: PathProbe) {
  const known = interfaces.map(({ name, addresses }) => ({
    name,
    addresses: addresses.map(parseIp).filter((ip) => ip !== undefined),
  }))
  const { interfacePrefixes } = state.settingsOf(node)
  const governing = resolveHostEndpoints(state.hostEndpoints.values(), node, known, interfacePrefixes)
  const leg = ({ packet, to }: PathLeg) => ({ flow: flowOf(state, packet), outInterface: to })
  const packet = { inInterface: from, original: leg(original), translated: translated && leg(translated) }
  return evaluatePath(state, { name: node, governing }, packet)
}

/** How many of a thousand decisions have a stage, or a hit, of each sort. */
function perThousand(sortsOf: (decision: (typeof decisions)[number]) => readonly string[]) {
  const counts = new Map<string, number>()
  for (const sort of decisions.flatMap((it) => [...new Set(sortsOf(it))]))
    counts.set(sort, (counts.get(sort) ?? 0) + 1000 / decisions.length)
  return (sort: string) => counts.get(sort) ?? 0
}

const stages = ['Untracked', 'PreDNAT', 'Normal', 'Forward'].flatMap((stage) => [
  `${stage} Ingress Allow`,
  `${stage} Ingress Deny`,
  ...(stage === 'PreDNAT' ? [] : [`${stage} Egress Allow`, `${stage} Egress Deny`]),
])
const early = [
  'Untracked Ingress Pass',
  'Untracked Egress Pass',
  'PreDNAT Ingress Pass',
  'Forward Egress Pass',
]

const shareOfStage = perThousand(({ stages }) =>
  stages.map((it) => `${it.stage} ${it.direction} ${it.action}`),
)

test.each([...stages, ...early])('the stage %s has a part in many decisions', (sort) => {
  expect(shareOfStage(sort)).toBeGreaterThan(2)
})

const reasons = {
  'Rule Allow': 100,
  'Rule Deny': 50,
  'TierDefault Deny': 50,
  'Profile Allow': 20,
  'Profile Deny': 10,
  'NoProfile Deny': 10,
  'Failsafe Allow': 4,
  'Failsafe Pass': 2,
  'Undecided Allow': 50,
  'Undecided Pass': 10,
  'Tunnel Deny': 0.5,
  'NodeTunnel Allow': 1,
  'NodeTunnel Deny': 1,
  'Spoofed Deny': 5,
  'UnknownWorkload Deny': 5,
  'NeighbourDiscovery Allow': 0.2,
  'EndpointToHost Allow': 5,
  'EndpointToHost Deny': 5,
  'EndpointToHost Pass': 2,
}

const shareOfReason = perThousand(({ stages }) =>
  stages.flatMap(({ trace }) => trace.map((it) => `${it.kind} ${it.action}`)),
)

test.each(Object.entries(reasons))('the reason %s is given %d times in a thousand', (sort, want) => {
  expect(shareOfReason(sort)).toBeGreaterThan(want)
})

test('each end is frequent', () => {
  const share = perThousand(({ verdict, isDecided }) => [`${verdict} ${isDecided}`])
  for (const end of ['Allow true', 'Allow false', 'Deny true']) expect(share(end)).toBeGreaterThan(100)
})
