/** A generator that never says something tests nothing of it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallCast } from './cast.ts'
import { knownNames, withDomains } from './domains.ts'
import { admitAll, hostWorlds } from './world.ts'

const objects = fc.sample(withDomains(hostWorlds(smallCast)), { numRuns: 100, seed: 5 }).flat()

test('rules of every kind that may, and sets of both, name domains, and are valid', () => {
  const kinds = new Set(
    objects.filter((it) => /omains|domainNames/.test(JSON.stringify(it.spec))).map(({ kind }) => kind),
  )
  for (const kind of ['NetworkPolicy', 'GlobalNetworkPolicy', 'NetworkSet', 'GlobalNetworkSet'])
    expect(kinds).toContain(kind)
  for (const kind of ['ClusterNetworkPolicy', 'AdminNetworkPolicy']) expect(kinds).toContain(kind)
  expect(admitAll(objects)).toHaveLength(objects.length)
})

test('beside domains stands what may, and names are known of some addresses, and of others none', () => {
  const text = JSON.stringify(objects)
  for (const field of ['notNets', 'notSelector', 'ports'])
    expect(text).toMatch(new RegExp(`"${field}":[^{}]*"domains"`))
  const lengths = new Set(fc.sample(knownNames, { numRuns: 100, seed: 5 }).map(({ length }) => length))
  expect([...lengths].sort()).toEqual([0, 1, 2, 3])
})
