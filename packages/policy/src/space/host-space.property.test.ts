/**
 * What is worked out for all packets at a stage of a host endpoint is what the evaluator decides there about each, in random worlds; and
 * what is told to differ between two worlds differs.
 *
 * MARGAY_CASES  how many worlds; 120 by default. MARGAY_SEED  a whole number that decides them.
 */
import { type Ip, type IpVersion, parseIp } from '@margay/netset'
import { flowOf, hostWorlds, inWorld, type Packet, packets, paths, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeHost } from '../evaluate/judge-host.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Facts } from './facts.ts'
import type { Block } from './flows-between.ts'
import { claimsIn } from './host-claims.ts'
import { type Governors, type HostDifference, hostDifferences } from './host-differences.ts'
import { hostStages } from './host-meanings.ts'
import { HostSpace } from './host-space.ts'
import type { HostOutcome, HostStageJudge } from './host-stage.ts'
import { Traffics } from './traffic.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 120)
const onTheWay = paths(smallCast).map(({ original, translated }) => (translated ?? original).packet)
const asked = fc.array(fc.oneof(packets(smallCast), onTheWay), { minLength: 8, maxLength: 20 })
const timeout = 30_000 + numRuns * 1000

type At = (typeof hostStages)[number]

test('a stage decides about all packets what it decides about each', { timeout }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(hostWorlds(smallCast), asked, (objects, probes) => {
      const state = stateOf(objects)
      const spaces = new Map(
        ([4, 6] as const).map((version) => [version, new HostSpace(state, version, new Traffics())]),
      )
      inWorld(objects, () => {
        for (const packet of probes) {
          const { version } = parseIp(packet.sourceIp) as Ip
          const space = spaces.get(version) as HostSpace
          for (const host of state.hostEndpoints.values()) {
            for (const [i, at] of hostStages.entries()) {
              const [source, destination] = factsOf(space, state, packet)
              const [own, peer] = at.direction === 'Ingress' ? [destination, source] : [source, destination]
              const outcome = (space.meaningOf(host).stages[i] as HostStageJudge).decide(own, peer)
              const held = holding(outcome, packet, version)
              expect([host.key, at, packet, held]).toEqual([
                host.key,
                at,
                packet,
                [actionAt(state, host, at, packet)],
              ])
              seen.add(`${at.stage} ${held.join()}`)
            }
          }
        }
      })
    }),
    { numRuns, ...seed },
  )
  for (const stage of ['Untracked', 'PreDNAT', 'Normal', 'Forward'] as const)
    for (const action of ['Allow', 'Deny']) expect(seen).toContain(`${stage} ${action}`)
})

test('what is told to differ does, and what does and can come there is told', { timeout }, () => {
  let told = 0
  const cases = fc.tuple(hostWorlds(smallCast), fc.nat(), asked)
  fc.assert(
    fc.property(cases, ([objects, choice, probes]) => {
      const gone = objects[choice % objects.length]
      const [before, after] = [objects, objects.filter((it) => it !== gone)].map(stateOf) as [
        PolicyState,
        PolicyState,
      ]
      const changes = new Map(
        ([4, 6] as const).map((version) => [version, differencesIn(before, after, version)]),
      )
      inWorld(objects, () => {
        for (const { before: was, after: is } of claimsIn(before, after).governed) {
          const governors = { before: was?.key, after: is?.key }
          for (const packet of probes) {
            if (isElsewhere(packet, [before, after])) continue
            const { version } = parseIp(packet.sourceIp) as Ip
            for (const at of hostStages) {
              const fates = [actionAt(before, was, at, packet), actionAt(after, is, at, packet)]
              const newly = toldOf(changes.get(version) ?? [], after, governors, at, packet)
              const about = { gone, governors, at, packet, fates }
              const isMasked = at.direction === 'Ingress' && at.stage !== 'Untracked'
              if (newly.length > 0)
                expect([about, newly]).toEqual([about, fates[0] === fates[1] ? [] : [fates[1]]])
              else if (!isMasked) expect([about, fates[0]]).toEqual([about, fates[1]])
              told += newly.length
            }
          }
        }
      })
    }),
    { numRuns, ...seed },
  )
  expect(told).toBeGreaterThan(0)
})

function differencesIn(before: PolicyState, after: PolicyState, version: IpVersion): HostDifference[] {
  return hostDifferences({ state: before }, { state: after }, version, new Traffics())
}

/** Of interfaces that none governs, nothing is decided. */
function actionAt(
  state: PolicyState,
  host: HostEndpoint | undefined,
  { stage, direction }: At,
  packet: Packet,
): string {
  if (host === undefined) return 'Pass'
  const judge = { state, settings: state.settingsOf(host.node) }
  return judgeHost(judge, host, stage, direction, flowOf(state, packet))?.action ?? 'Pass'
}

const fates = [
  ['allowed', 'Allow'],
  ['denied', 'Deny'],
  ['passed', 'Pass'],
] as const

/** Which of the sets hold it. */
function holding(outcome: HostOutcome, packet: Packet, version: IpVersion): string[] {
  const pair = pairOf(packet, version)
  return fates.flatMap(([fate, action]) => (outcome[fate].holds(...pair) ? [action] : []))
}

function toldOf(
  changes: readonly HostDifference[],
  state: PolicyState,
  { before, after }: Governors,
  { stage, direction }: At,
  packet: Packet,
): string[] {
  const { source, destination } = flowOf(state, packet)
  return changes
    .filter((it) => it.stage === stage && it.direction === direction)
    .filter(({ hosts }) => hosts.some((it) => it.before === before && it.after === after))
    .flatMap(({ rows }) => rows)
    .filter((row) => holds(row.from, source) && holds(row.to, destination))
    .flatMap((row) => holding(row, packet, source.address?.version ?? 4))
}

/** Ranges run across the addresses of workloads, which they don't mean. */
function holds({ workloads, outside }: Block, { endpoint, address }: FlowPeer): boolean {
  const { value } = address as Ip
  if (endpoint !== undefined)
    return workloads.some((it) => it.endpoint.key === endpoint.key && it.address?.value === value)
  return outside.some(({ first, last }) => first <= value && value <= last)
}

/** Is one end a workload in one of the worlds only, or another one in each? */
function isElsewhere({ sourceIp, destinationIp }: Packet, both: readonly PolicyState[]): boolean {
  return [sourceIp, destinationIp].some((text) => {
    const keys = both.map((state) => state.peerAt(parseIp(text) as Ip).endpoint?.key)
    return keys[0] !== keys[1]
  })
}

function factsOf(space: HostSpace, state: PolicyState, { sourceIp, destinationIp }: Packet): [Facts, Facts] {
  const [source, destination] = [sourceIp, destinationIp].map(
    (text) => space.facts[positionOf(space, state, parseIp(text) as Ip)],
  )
  return [source as Facts, destination as Facts]
}

function positionOf({ peers }: HostSpace, state: PolicyState, address: Ip): number {
  const { endpoint } = state.peerAt(address)
  return peers.findIndex((peer) =>
    peer.kind === 'Workload'
      ? peer.endpoint === endpoint && peer.address?.value === address.value
      : endpoint === undefined &&
        peer.spans.some(({ first, last }) => first <= address.value && address.value <= last),
  )
}
