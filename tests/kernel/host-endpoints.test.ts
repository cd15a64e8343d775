/**
 * Real packets to, from and through nodes with host endpoints go the way of the path evaluator, in random worlds. Needs root.
 *
 * Arrival is seen in the IP stack of the destination, behind all hooks, and so says nothing of the way back. Whether an answer comes
 * back is compared beside it: untracked policy judges answers by themselves (host-endpoints/journey.ts says where that is known).
 *
 * MARGAY_CASES  how many worlds packets are sent in; 400 by default.
 * MARGAY_SEED   see random-worlds.ts.
 */
import { hostWorlds, smallCast, withStaged } from '@margay/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HostLab, openHostLab } from './host-endpoints/host-lab.ts'
import { sends } from './host-endpoints/sends.ts'
import { served } from './policy-lab.ts'
import { checkWorlds, closeLabs, type LabPair, longestMs, openLabs } from './random-worlds.ts'
import { Tally } from './tally.ts'

const cases = Number(process.env.MARGAY_CASES ?? 400)
const packetsPerWorld = { minLength: 60, maxLength: 90 }

let labs: LabPair<HostLab>

beforeAll(async () => {
  labs = await openLabs((name) => openHostLab(name, smallCast), 'hosts')
})
afterAll(() => closeLabs(labs))

test(
  `packets go the way of the path evaluator through nodes with host endpoints, in ${cases} random worlds`,
  () => {
    const [{ surroundings, cast }] = labs
    const packets = sends(surroundings, served.udp, packetsPerWorld)
    const worlds = fc.oneof(hostWorlds(cast), withStaged(hostWorlds(cast)))
    return checkWorlds(labs, { packets, worlds, cases })
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
  ...['IPv4 TCP', 'IPv4 UDP', 'IPv4 ICMP', 'IPv6 TCP', 'IPv6 UDP', 'IPv6 ICMPv6'],
  ...['Tunnel Ingress Allow', 'Tunnel Ingress Deny', 'Tunnel Egress Allow'],
  ...['Failsafe', 'Profile', 'EndpointToHost', 'answered', 'not answered'],
]

test('such packets met each stage and went each way often, let through or not', () => {
  const met = Tally.sum(labs.map((lab) => lab.met))
  console.log(`packets by kind: ${met.format()}`)
  expect(met.rarerThan(Math.floor(cases / 50), often)).toEqual([])
})
