import type { Resource } from '@margay/resources'
import { admitAll, flowOf, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../evaluate/evaluate.ts'
import type { Flow } from '../../model/flow.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import { removed } from './change.ts'
import { effectOf } from './other-connections.ts'
import { WhatIf } from './what-if.ts'

test('the connections that are counted are those that differ when all of them are asked', () => {
  fc.assert(
    fc.property(worlds(smallCast), packets(smallCast), fc.nat(), (objects, packet, chance) => {
      const resources = admitAll(objects)
      const policies = resources.filter(({ kind }) => kind.endsWith('NetworkPolicy'))
      const policy = policies[chance % policies.length]
      if (policy === undefined) return
      const flow = flowOf(buildPolicyState(resources).state, packet)
      const effect = effectOf([removed(policy)], flow, new WhatIf(resources))
      const rest = resources.filter((it) => it !== policy)
      expect(effect.isComplete).toBe(true)
      expect(effect.others).toBe(differences(resources, rest, flow))
    }),
    { numRuns: 80 },
  )
}, 120_000)

/** Between pods, and of pods with an address outside, at the port of the flow. */
function differences(before: readonly Resource[], after: readonly Resource[], flow: Flow): number {
  const [old, now] = [verdicts(before, flow), verdicts(after, flow)]
  return [...old].filter(([pair, verdict]) => now.get(pair) !== verdict).length
}

function verdicts(resources: readonly Resource[], flow: Flow): Map<string, string> {
  const { state } = buildPolicyState(resources)
  const stranger = state.peer(flow.ipVersion === 4 ? '192.0.2.253' : '2001:db8::253') ?? expect.fail()
  const pods = [...state.endpoints.values()].flatMap((endpoint) => {
    const address = endpoint.addresses.find(({ version }) => version === flow.ipVersion)
    return address === undefined && endpoint.addresses.length > 0 ? [] : [{ endpoint, address }]
  })
  const ends = [...pods, stranger]
  const nameOf = ({ endpoint }: Flow['source']) => endpoint?.key ?? 'outside'
  const pairs = ends.flatMap((source) => ends.map((destination) => ({ source, destination })))
  const others = pairs.filter(({ source, destination }) => {
    const isAsked = nameOf(source) === nameOf(flow.source) && nameOf(destination) === nameOf(flow.destination)
    return !(isAsked && flow.source.endpoint !== undefined && flow.destination.endpoint !== undefined)
  })
  return new Map(
    others.map((ends) => [
      `${nameOf(ends.source)} ${nameOf(ends.destination)}`,
      evaluate(state, { ...flow, ...ends }).verdict,
    ]),
  )
}
