/**
 * Runs cases about a packet's way through node `n1` against both evaluators; what should happen was written by hand, from
 * the text of spec/dataplane.md. The inhabitants of `verdicts.testkit.ts` are there, all of their pods on this node.
 */
import { parseIp } from '@margay/netset'
import { interfaceNameOf, type ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import type { PathDecision } from '../../evaluate/decision.ts'
import { evaluatePath, type Leg } from '../../evaluate/evaluate-path.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { resolveHostEndpoints } from '../../state/resolve-host-endpoints.ts'
import { type PathLeg, type PathQuestion, referencePath } from '../reference-path.ts'
import { inhabitants, readFlow, readPacket } from './verdicts.testkit.ts'

export interface PathCase {
  /** What holds, as a sentence. */
  readonly name: string
  readonly given: readonly ResourceObject[]
  /** Ways as `eth0 > local: 203.0.113.9 > 192.0.2.1 TCP 22`; see `readPath`. */
  readonly accepts?: readonly string[]
  readonly drops?: readonly string[]
  /** Neither: left to the rules of others. */
  readonly leaves?: readonly string[]
}

export function testPaths(cases: readonly PathCase[]): void {
  test.each(cases)('$name', ({ given, accepts = [], drops = [], leaves = [] }) => {
    const resources = admitAll([...inhabitants, ...given])
    const wanted = [
      ...accepts.map((it) => `${it}: Accept`),
      ...drops.map((it) => `${it}: Drop`),
      ...leaves.map((it) => `${it}: Leave`),
    ]
    const asked = [...accepts, ...drops, ...leaves]
    const { state } = buildPolicyState(resources)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.map((it) => `${it}: ${endOf(decide(state, readPath(it)))}`)).toEqual(wanted)
    expect(asked.map((it) => `${it}: ${referencePath(resources, readPath(it))}`)).toEqual(wanted)
  })
}

const interfaces = [
  { name: 'eth0', addresses: ['192.0.2.1', '2001:db8::1'] },
  { name: 'eth1', addresses: ['198.51.100.1'] },
  { name: 'lo', addresses: ['127.0.0.1', '::1'] },
]

/**
 * Where it comes in and where it goes, then the packet; and after `=>` where it goes and what it is once it is translated.
 * A pod stands for the node's end of its link, and `local` for a process of the node.
 */
export function readPath(text: string): PathQuestion {
  const [original = '', translated] = text.split(' => ')
  const [, from, to, packet] = /^(\S+) > (\S+): (.*)$/.exec(original) ?? []
  const [, nextTo, nextPacket] = /^(\S+): (.*)$/.exec(translated ?? '') ?? []
  if (from === undefined || to === undefined || packet === undefined) throw new Error(`${text} is no path`)
  return {
    node: 'n1',
    interfaces,
    from: placeOf(from),
    original: { packet: readPacket(packet), to: placeOf(to) },
    translated:
      nextTo === undefined || nextPacket === undefined
        ? undefined
        : { packet: readPacket(nextPacket), to: placeOf(nextTo) },
  }
}

function placeOf(text: string): string | undefined {
  const [, namespace, name] = /^([^/]+)\/(.+)$/.exec(text) ?? []
  if (namespace !== undefined && name !== undefined) return interfaceNameOf(namespace, name)
  return text === 'local' ? undefined : text
}

export function decide(state: PolicyState, { node, interfaces, from, original, translated }: PathQuestion) {
  const known = interfaces.map(({ name, addresses }) => ({
    name,
    addresses: addresses.map(parseIp).filter((ip) => ip !== undefined),
  }))
  const governing = resolveHostEndpoints(
    state.hostEndpoints.values(),
    node,
    known,
    state.settingsOf(node).interfacePrefixes,
  )
  return evaluatePath(
    state,
    { name: node, governing },
    {
      inInterface: from,
      original: legOf(state, original),
      translated: translated === undefined ? undefined : legOf(state, translated),
    },
  )
}

function legOf(state: PolicyState, { packet, to }: PathLeg): Leg {
  return { flow: readFlow(state, packet), outInterface: to }
}

export function endOf({ verdict, isDecided }: PathDecision): string {
  if (verdict === 'Deny') return 'Drop'
  return isDecided ? 'Accept' : 'Leave'
}
