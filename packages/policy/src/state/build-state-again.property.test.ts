/** A builder that has built other states before builds the same as a new one. */
import type { Resource } from '@margay/resources'
import { admitAll, flowOf, hostWorlds, inWorld, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { buildPolicyState, StateBuilder } from './build-state.ts'

const cases = fc.tuple(
  fc.array(hostWorlds(smallCast), { minLength: 2, maxLength: 4 }),
  fc.array(packets(smallCast), { minLength: 5, maxLength: 10 }),
  fc.infiniteStream(fc.nat(3)),
)

test('what is built after other states decides every packet as what is built from nothing', () => {
  fc.assert(
    fc.property(cases, ([worlds, asked, chances]) => {
      const builder = new StateBuilder()
      let current: Resource[] = []
      for (const objects of worlds) {
        // Some objects stay as they are, others come, go or are replaced.
        const kept = current.filter(() => chances.next().value !== 0)
        const fresh = admitAll(objects).filter(
          (it) => !kept.some((other) => identityOf(it) === identityOf(other)),
        )
        current = [...kept, ...fresh]
        const again = builder.build(current)
        const anew = buildPolicyState(current)
        expect(again.problems).toEqual(anew.problems)
        for (const packet of asked) {
          const decision = evaluate(again.state, flowOf(again.state, packet))
          const wanted = evaluate(anew.state, flowOf(anew.state, packet))
          inWorld(current, () => expect(decision).toEqual(wanted))
        }
      }
    }),
    { numRuns: 40 },
  )
}, 300_000)

test('what did not change is the same object', () => {
  fc.assert(
    fc.property(hostWorlds(smallCast), (objects) => {
      const builder = new StateBuilder()
      const resources = admitAll(objects)
      const [before, after] = [builder.build(resources).state, builder.build(resources).state]
      expect([...after.endpoints.values()].every((it) => before.endpoints.get(it.key) === it)).toBe(true)
      expect(after.tiers.every((tier, i) => tier === before.tiers[i])).toBe(true)
    }),
    { numRuns: 30 },
  )
})

function identityOf({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}
