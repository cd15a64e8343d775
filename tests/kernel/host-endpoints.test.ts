/**
 * Real packets to, from and through nodes with host endpoints go the way of the path evaluator, in random worlds. Needs root.
 *
 * Arrival is seen in the IP stack of the destination, behind all hooks, and so says nothing of the way back. Whether an answer comes
 * back is compared beside it: untracked policy judges answers by themselves (host-endpoints/journey.ts says where that is known).
 *
 * MARGAY_CASES  how many worlds packets are sent in; 150 by default.
 * MARGAY_SEED   see random-worlds.ts.
 */
import { buildPolicyState } from '@margay/policy'
import { admitAll, hostWorlds, smallCast, withStaged } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HostExpectation, type HostLab, openHostLab } from './host-endpoints/host-lab.ts'
import type { Hop } from './host-endpoints/journey.ts'
import { sends } from './host-endpoints/sends.ts'
import { served } from './policy-lab.ts'
import { checkWorlds, longestMs } from './random-worlds.ts'

const cases = Number(process.env.MARGAY_CASES ?? 150)
const packetsPerWorld = { minLength: 60, maxLength: 90 }

let lab: HostLab

beforeAll(async () => {
  lab = await openHostLab(`hosts${process.pid}`, smallCast)
})
afterAll(() => lab.close())

test(
  `packets go the way of the path evaluator through nodes with host endpoints, in ${cases} random worlds`,
  () => {
    const packets = sends(lab.surroundings, served.udp, packetsPerWorld)
    const worlds = fc.oneof(hostWorlds(lab.cast), withStaged(hostWorlds(lab.cast)))
    return checkWorlds(lab, { packets, worlds, cases })
  },
  longestMs(cases),
)

const stages = ['Untracked Ingress', 'Untracked Egress', 'PreDNAT Ingress', 'Normal Ingress', 'Normal Egress']
const ways = [
  ...[
    'eth0 eth1',
    'eth1 eth0',
    'eth0 pod',
    'eth1 pod',
    'pod eth0',
    'pod eth1',
    'pod pod',
    'eth0 process',
    'eth1 process',
  ],
  ...['pod process', 'process eth0', 'process eth1', 'process lo', 'lo process'],
]
const translatedWays = [
  'eth1 pod',
  'eth0 pod',
  'eth1 eth0',
  'pod eth0',
  'pod pod',
  'pod process',
  'process eth1',
]
const often = [
  ...[...stages, 'Forward Ingress', 'Forward Egress', 'ToHost Egress'].flatMap((it) => [
    `${it} Allow`,
    `${it} Deny`,
  ]),
  ...[...ways, ...translatedWays.map((way) => `${way} translated`)].flatMap((it) => [
    `${it} Allow`,
    `${it} Deny`,
  ]),
  // Policy of pods is not asked about what their own node sends.
  ...['process pod Allow', 'process pod translated Allow'],
  ...['Failsafe', 'Profile', 'EndpointToHost', 'answered', 'not answered'],
]

test('such packets meet each stage and go each way often, let through or not', () => {
  const counts = new Map<string, number>()
  const sample = fc.tuple(sends(lab.surroundings, served.udp, packetsPerWorld), hostWorlds(lab.cast))
  for (const [packets, objects] of fc.sample(sample, { numRuns: 100, seed: 5 })) {
    const { state } = buildPolicyState(admitAll(objects))
    for (const sort of packets.flatMap((packet) => sortsOf(lab.expectationOf(state, packet))))
      counts.set(sort, (counts.get(sort) ?? 0) + 1)
  }
  expect(often.filter((sort) => (counts.get(sort) ?? 0) < 5)).toEqual([])
})

function sortsOf({ journey, isAnswered }: HostExpectation): string[] {
  const answer = isAnswered === undefined ? [] : [isAnswered ? 'answered' : 'not answered']
  return [...answer, ...journey.hops.flatMap(sortsOfHop)]
}

function sortsOfHop({ from, to, isTranslated, decision }: Hop): string[] {
  const end = (name = 'process') => (name.startsWith('cali') ? 'pod' : name)
  return [
    `${end(from)} ${end(to)} ${isTranslated ? 'translated ' : ''}${decision.verdict}`,
    ...decision.stages.map(({ stage, direction, action }) => `${stage} ${direction} ${action}`),
    ...decision.stages.flatMap(({ trace }) => trace.map(({ kind }) => kind)),
  ]
}
