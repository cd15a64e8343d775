/** The shapes are what the API would have admitted, as it leaves it, and the same each time. */
import { admit, type Resource } from '@margay/resources'
import { expect, test } from 'vitest'
import { isolatedCustomers, netsets, snapshot } from './shapes.ts'

const shapes = { snapshot: snapshot(400), netsets: netsets(250), isolatedCustomers: isolatedCustomers(120) }

test.each(Object.entries(shapes))('%s: admission takes all of it, and changes nothing', (_, resources) => {
  for (const resource of resources) {
    const admission = admit(JSON.parse(JSON.stringify(resource)))
    expect(admission.ok ? admission.resource : admission.issues).toEqual(resource)
  }
})

test('each time it is the same', () => {
  expect(snapshot(400)).toEqual(shapes.snapshot)
  expect(netsets(250)).toEqual(shapes.netsets)
  expect(isolatedCustomers(120)).toEqual(shapes.isolatedCustomers)
})

test('sizes are those of the shape', () => {
  expect(countsOf(snapshot(1000))).toEqual({ Namespace: 100, Pod: 1200, GlobalNetworkPolicy: 40 })
  expect(countsOf(netsets(250))).toEqual({
    Namespace: 1,
    Pod: 250,
    GlobalNetworkSet: 250,
    GlobalNetworkPolicy: 250,
  })
  expect(countsOf(isolatedCustomers(120))).toEqual({ Namespace: 120, Pod: 240, NetworkPolicy: 120 })
  const locals = (all: readonly Resource[]) =>
    all.filter((it) => it.kind === 'Pod' && it.spec?.nodeName === 'node-local').length
  expect([snapshot(1000), netsets(250), isolatedCustomers(120)].map(locals)).toEqual([200, 200, 100])
})

function countsOf(resources: readonly Resource[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of resources) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
