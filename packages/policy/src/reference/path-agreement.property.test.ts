/**
 * `evaluatePath` and its reference agree on random worlds with host endpoints, and so do `evaluate` and its own where
 * rules name services and host endpoints.
 *
 * MARGAY_CASES  how many worlds; 1,000 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { parseIp } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import {
  admitAll,
  flowOf,
  formatManifest,
  hostWorlds,
  type PathLeg as KitLeg,
  type Packet as KitPacket,
  type PathProbe,
  packets,
  paths,
  smallCast,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { evaluatePath, type Leg } from '../evaluate/evaluate-path.ts'
import { formatPath, formatTrace } from '../explain/format-decision.ts'
import { buildPolicyState } from '../state/build-state.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { resolveHostEndpoints } from '../state/resolve-host-endpoints.ts'
import type { Packet } from './packet.ts'
import { type PathLeg, type PathQuestion, referencePath } from './reference-path.ts'
import { referenceVerdict } from './reference-verdict.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 1000)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const timeout = Math.max(30_000, numRuns * 300)

type World = [ResourceObject[], PathProbe[], KitPacket[]]
const cases: fc.Arbitrary<World> = fc.tuple(
  hostWorlds(smallCast),
  fc.array(paths(smallCast), { minLength: 4, maxLength: 8 }),
  fc.array(packets(smallCast), { minLength: 2, maxLength: 4 }),
)

test(
  'the evaluator and the reference give every packet the same way through a node, in every world',
  () => {
    const agree = fc.property(cases, (world) => disagreements(world).length === 0)
    const found = fc.check(agree, { numRuns, ...seed })
    if (found.counterexample !== null) expect.fail(describeFailure(found))
  },
  timeout,
)

type Found = fc.RunDetailsFailureProperty<[World]>

function describeFailure({ counterexample: [world], seed, numRuns }: Found): string {
  const again = `world ${numRuns}; MARGAY_SEED=${seed} MARGAY_CASES=${numRuns} finds it again`
  return [again, formatManifest(world[0]), ...disagreements(world)].join('\n')
}

/** For each packet that they do not agree on: the packet, both answers and the evaluator's reasons. */
function disagreements([objects, probes, asked]: World): string[] {
  const resources = admitAll(objects)
  const { state } = buildPolicyState(resources)
  const ways = probes.map((probe) => {
    const decision = pathDecision(state, probe)
    const evaluated = decision.verdict === 'Deny' ? 'Drop' : decision.isDecided ? 'Accept' : 'Leave'
    const reference = referencePath(resources, questionOf(probe))
    return { asked: probe as object, evaluated, reference, trace: formatPath(decision) }
  })
  const verdicts = asked.map((packet) => {
    const decision = evaluate(state, flowOf(state, packet))
    const reference = referenceVerdict(resources, packetOf(packet))
    return { asked: packet as object, evaluated: decision.verdict, reference, trace: formatTrace(decision) }
  })
  return [...ways, ...verdicts]
    .filter(({ evaluated, reference }) => evaluated !== reference)
    .map(({ asked, evaluated, reference, trace }) =>
      [JSON.stringify(asked), `evaluate: ${evaluated}, reference: ${reference}`, ...trace].join('\n'),
    )
}

function pathDecision(state: PolicyState, { node, interfaces, from, original, translated }: PathProbe) {
  const known = interfaces.map(({ name, addresses }) => ({
    name,
    addresses: addresses.map(parseIp).filter((ip) => ip !== undefined),
  }))
  const { interfacePrefixes } = state.settingsOf(node)
  const governing = resolveHostEndpoints(state.hostEndpoints.values(), node, known, interfacePrefixes)
  const leg = ({ packet, to }: KitLeg): Leg => ({ flow: flowOf(state, packet), outInterface: to })
  return evaluatePath(
    state,
    { name: node, governing },
    { inInterface: from, original: leg(original), translated: translated && leg(translated) },
  )
}

function questionOf({ original, translated, ...rest }: PathProbe): PathQuestion {
  return { ...rest, original: legOf(original), translated: translated && legOf(translated) }
}

function legOf({ packet, to }: KitLeg): PathLeg {
  return { packet: packetOf(packet), to }
}

/** UDPLite has ports, but none that policy sees. */
function packetOf({ sourceIp, destinationIp, sourcePort, destinationPort, ...rest }: KitPacket): Packet {
  const ports = rest.protocol === 136 ? {} : { sourcePort, destinationPort }
  return {
    source: sourceIp,
    destination: destinationIp,
    ipVersion: parseIp(sourceIp)?.version ?? 4,
    ...rest,
    ...ports,
  }
}
