import type { RouteEvent, RouteSpec } from '@margay/netlink'
import { expect, test } from 'vitest'
import { OwnEchoes } from './own-echoes.ts'

const spec = { destination: '10.0.0.0/24', table: 1, type: 'Blackhole', metric: 7 } as const

/** As the kernel tells it: more than was asked for. */
function told(happening: 'New' | 'Deleted', changed: Partial<RouteSpec> = {}): RouteEvent {
  const route = {
    family: 4,
    protocol: 77,
    scope: 0,
    index: 3,
    gateway: undefined,
    source: undefined,
    nextHops: [],
  }
  return { kind: 'Route', happening, route: { ...route, ...spec, ...changed } } as RouteEvent
}

test('an own change is known by its echo, once for each', () => {
  const echoes = new OwnEchoes()
  expect(echoes.isEcho(told('New'))).toBe(false)
  echoes.expect('New', spec)
  echoes.expect('New', spec)
  expect([1, 2, 3].map(() => echoes.isEcho(told('New')))).toEqual([true, true, false])
})

test.each<[string, RouteEvent]>([
  ['the opposite', told('Deleted')],
  ['another destination', told('New', { destination: '10.0.1.0/24' })],
  ['another table', told('New', { table: 2 })],
  ['another type', told('New', { type: 'Unicast' })],
  ['another metric', told('New', { metric: 8 })],
  ['no route', { kind: 'Settings', index: 3 }],
])('%s is no echo', (_, event) => {
  const echoes = new OwnEchoes()
  echoes.expect('New', spec)
  expect(echoes.isEcho(event)).toBe(false)
})

test('a route without a type is told as Unicast', () => {
  const echoes = new OwnEchoes()
  echoes.expect('New', { destination: spec.destination, table: 1, metric: 7 })
  expect(echoes.isEcho(told('New', { type: 'Unicast' }))).toBe(true)
})

test('where some were lost, none is awaited any more', () => {
  const echoes = new OwnEchoes()
  echoes.expect('Deleted', spec)
  echoes.forget()
  expect(echoes.isEcho(told('Deleted'))).toBe(false)
})
