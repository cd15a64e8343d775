import { buildPolicyState } from '@margay/policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallCast } from './cast.ts'
import { admitAll, worlds } from './world.ts'

const world = worlds(smallCast)

test('every object of a world is admitted, and understood to its last rule', () => {
  const holds = fc.property(world, (objects) => {
    expect(buildPolicyState(admitAll(objects)).problems).toEqual([])
  })
  fc.assert(holds)
})

test('no object is there twice', () => {
  const holds = fc.property(world, (objects) => {
    const identities = objects.map(
      ({ apiVersion, kind, metadata: { namespace, name } }) => `${apiVersion} ${kind} ${namespace}/${name}`,
    )
    expect(new Set(identities).size).toBe(identities.length)
  })
  fc.assert(holds)
})

test('a pod is where its seat is', () => {
  const holds = fc.property(world, (objects) => {
    for (const endpoint of buildPolicyState(admitAll(objects)).state.endpoints.values()) {
      const seat = smallCast.seats.find(({ name }) => name === endpoint.name)
      expect(endpoint).toMatchObject({ namespace: seat?.namespace, node: seat?.node })
      expect(endpoint.addresses).toHaveLength(seat?.addresses.length ?? 0)
    }
  })
  fc.assert(holds)
})

test('a failing world shrinks to nothing but what makes it fail', () => {
  const hasNoDeny = fc.property(world, (objects) => !JSON.stringify(objects).includes('"action":"Deny"'))
  const { counterexample } = fc.check(hasNoDeny, { seed: 1 })
  expect(counterexample?.[0]).toHaveLength(1)
  expect(JSON.stringify(counterexample).length).toBeLessThan(250)
})
