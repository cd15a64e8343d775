import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clusterNodes } from './cluster-nodes.ts'

function node(name: string, podCIDR: string, address: string): ResourceObject {
  const status = { addresses: [{ type: 'InternalIP', address }] }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDR }, status }
}

const [a, b] = [node('a', '10.0.1.0/24', '192.0.2.1'), node('b', 'fd00::/64', '192.0.2.2')]

test('what did not change is the same as before', () => {
  const map = new Map([a, b].map((it) => [it.metadata.name, it]))
  const first = clusterNodes(map)
  expect(clusterNodes(map)).toBe(first)
  map.set('a', node('a', '10.0.1.0/24', '192.0.2.9'))
  const second = clusterNodes(map)
  expect(second.homes).toBe(first.homes)
  expect(second[4][1]).toBe(first[4][1])
  expect(second[4][0]).not.toEqual(first[4][0])
  map.set('a', node('a', '10.0.2.0/24', '192.0.2.9'))
  expect(clusterNodes(map).homes).not.toEqual(first.homes)
})

test('a map that is read again and again tells what another one with the same objects does', () => {
  const step = fc.tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.option(fc.tuple(fc.constantFrom('10.0.1.0/24', 'fd00::/64'), fc.constantFrom('192.0.2.1', 'fd01::1'))),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new Map<string, ResourceObject>()
      for (const [name, content] of steps) {
        if (content === null) map.delete(name)
        else map.set(name, node(name, ...content))
        const { 4: ipv4, 6: ipv6, homes } = clusterNodes(map)
        const anew = clusterNodes(new Map(map))
        expect({ ipv4, ipv6, homes }).toEqual({ ipv4: anew[4], ipv6: anew[6], homes: anew.homes })
      }
    }),
  )
})
