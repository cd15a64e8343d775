/**
 * `evaluate` and the reference agree on random worlds.
 *
 * MARGAY_CASES  how many worlds; 2,000 by default.
 * MARGAY_SEED   a whole number that decides them; by default random, and printed when something is found.
 */
import { parseIp } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import {
  admitAll,
  flowOf,
  formatManifest,
  hostWorlds,
  type Packet as KitPacket,
  knownNames,
  packets,
  rawRequests,
  smallCast,
  withDomains,
  worlds,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { formatTrace } from '../explain/format-decision.ts'
import { readRequest } from '../http/read-request.ts'
import type { Sent } from '../model/flow.ts'
import { buildPolicyState } from '../state/build-state.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Packet } from './packet.ts'
import { referenceVerdict } from './reference-verdict.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 2000)
const seed = process.env.MARGAY_SEED === undefined ? {} : { seed: Number(process.env.MARGAY_SEED) }
const millisecondsEach = 200

type Question = KitPacket & Pick<Packet, 'http' | 'sourceNames' | 'destinationNames'>

/**
 * Now and then the ICMP of the other IP version, which no kernel would send, and which rules by number match; and about what is
 * sent in a connection over TCP.
 */
const question = fc
  .tuple(packets(smallCast), fc.nat(4), fc.option(fc.oneof(rawRequests, fc.constant('NotHttp' as const))))
  .map(([packet, chance, http]): Question => {
    if (chance === 4) return { ...packet, protocol: otherIcmp.get(packet.protocol) ?? packet.protocol }
    return packet.protocol === 6 && http !== null ? { ...packet, http } : packet
  })
const otherIcmp = new Map([
  [1, 58],
  [58, 1],
])
const cases = fc.tuple(worlds(smallCast), fc.array(question, { minLength: 4, maxLength: 8 }))

/** Also names of senders and of addresses that pods have: those must not count. */
const named = fc
  .record({ packet: question, sourceNames: knownNames, destinationNames: knownNames })
  .map(({ packet, ...names }): Question => ({ ...packet, ...names }))
const namedCases = fc.tuple(
  withDomains(hostWorlds(smallCast)),
  fc.array(named, { minLength: 4, maxLength: 8 }),
)

test.each([
  ['in every world', cases, numRuns],
  ['whatever names are known, in every world with names', namedCases, Math.ceil(numRuns / 2)],
])(
  'the evaluator and the reference give every packet the same verdict, %s',
  (_, cases, numRuns) => {
    const agree = fc.property(cases, ([objects, asked]) => disagreements(objects, asked).length === 0)
    const found = fc.check(agree, { numRuns, ...seed })
    if (found.counterexample !== null) expect.fail(describeFailure(found))
  },
  Math.max(30_000, numRuns * millisecondsEach),
)

type Found = fc.RunDetailsFailureProperty<[[ResourceObject[], Question[]]]>

/** The smallest world that was found, as a manifest. */
function describeFailure({ counterexample: [[objects, asked]], seed, numRuns }: Found): string {
  const again = `world ${numRuns}; MARGAY_SEED=${seed} MARGAY_CASES=${numRuns} finds it again`
  return [again, formatManifest(objects), ...disagreements(objects, asked)].join('\n')
}

/** For each packet that they do not agree on: the packet, both verdicts and the evaluator's reasons. */
function disagreements(objects: readonly ResourceObject[], asked: readonly Question[]): string[] {
  const resources = admitAll(objects)
  const { state } = buildPolicyState(resources)
  return asked.flatMap((packet) => {
    const decision = evaluate(state, { ...namedFlow(state, packet), http: sentOf(packet) })
    const reference = referenceVerdict(resources, questionOf(packet))
    if (decision.verdict === reference) return []
    const verdicts = `evaluate: ${decision.verdict}, reference: ${reference}`
    return [[JSON.stringify(packet), verdicts, ...formatTrace(decision)].join('\n')]
  })
}

function sentOf({ http }: Question): Sent | undefined {
  return http === undefined || http === 'NotHttp' ? http : readRequest(http)
}

function namedFlow(state: PolicyState, { sourceNames = [], destinationNames = [], ...packet }: Question) {
  const flow = flowOf(state, packet)
  return {
    ...flow,
    source: { ...flow.source, names: sourceNames },
    destination: { ...flow.destination, names: destinationNames },
  }
}

function questionOf({ sourceIp, destinationIp, ...rest }: Question): Packet {
  return { source: sourceIp, destination: destinationIp, ipVersion: parseIp(sourceIp)?.version ?? 4, ...rest }
}
