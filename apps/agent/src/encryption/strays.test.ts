import { type Cidr, formatIp, type Ip, type IpVersion, parseCidr, parseIp } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endpointOf } from './cluster.testkit.ts'
import { type Homes, Strays } from './strays.ts'

const cidr = (text: string) => parseCidr(text) as Cidr
const pod = (node: string, ...ips: readonly string[]): Endpoint => ({
  ...endpointOf({ node, ip: parseIp(ips[0] ?? '') as Ip }),
  addresses: ips.map((text) => parseIp(text) as Ip),
})

const homes: Homes = new Map([
  ['a', [cidr('10.0.0.0/16'), cidr('fd00::/112')]],
  ['b', [cidr('10.0.2.0/24')]],
  ['c', [cidr('10.0.2.0/24')]],
])

const strays = (all: Strays, version: IpVersion = 4) =>
  Object.fromEntries(
    Array.from(all.of(version), ([node, ips]) => [node, ips.map(formatIp).sort()] as const).filter(
      ([, ips]) => ips.length > 0,
    ),
  )

test('an address is stray outside of the blocks of its node, for each IP version by itself', () => {
  const all = new Strays(homes, [
    pod('a', '10.0.1.1', 'fd00::1'),
    pod('a', '10.9.0.1', 'fd01::1'),
    pod('d', '10.0.1.2'),
  ])
  expect(strays(all)).toEqual({ a: ['10.9.0.1'], d: ['10.0.1.2'] })
  expect(strays(all, 6)).toEqual({ a: ['fd01::1'] })
})

test("an address in another node's block that lies in the block of its own node is stray", () => {
  expect(strays(new Strays(homes, [pod('a', '10.0.2.1'), pod('b', '10.0.2.2')]))).toEqual({ a: ['10.0.2.1'] })
})

test('where two nodes have the same block, the addresses of the second by name are stray', () => {
  const turned: Homes = new Map([...homes].toReversed())
  for (const each of [homes, turned])
    expect(strays(new Strays(each, [pod('b', '10.0.2.2'), pod('c', '10.0.2.3')]))).toEqual({
      c: ['10.0.2.3'],
    })
})

test('pods that are on no node yet have no strays', () => {
  expect(strays(new Strays(homes, [{ ...pod('a', '10.9.0.1'), node: undefined }]))).toEqual({})
})

test('says whether other addresses are stray than before', () => {
  const all = new Strays(homes, [])
  const [one, same] = [pod('a', '10.9.0.1'), pod('a', '10.9.0.1')]
  expect(all.update({ come: [pod('a', '10.0.1.1')], gone: [] })).toBe(false)
  expect(all.update({ come: [one], gone: [] })).toBe(true)
  expect(all.update({ come: [same], gone: [one] })).toBe(false)
  expect(all.update({ come: [], gone: [same] })).toBe(true)
})

test('following changes leads to what counting anew does', () => {
  const endpoint = fc
    .tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.uniqueArray(fc.constantFrom('10.0.1.1', '10.0.2.1', '10.9.0.1', 'fd00::1', 'fd01::1'), {
        minLength: 1,
      }),
    )
    .map(([node, ips]) => pod(node, ...ips))
  const step = fc.record({
    come: fc.array(endpoint, { maxLength: 4 }),
    leave: fc.array(fc.nat(20), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(endpoint), fc.array(step), (first, steps) => {
      const followed = new Strays(homes, first)
      let there = first
      for (const { come, leave } of steps) {
        const [before, gone] = [strays(followed), there.filter((_, index) => leave.includes(index))]
        const isChanged = followed.update({ come, gone })
        there = [...there.filter((it) => !gone.includes(it)), ...come]
        const anew = new Strays(homes, there)
        expect(strays(followed)).toEqual(strays(anew))
        expect(strays(followed, 6)).toEqual(strays(anew, 6))
        if (JSON.stringify(before) !== JSON.stringify(strays(followed))) expect(isChanged).toBe(true)
      }
    }),
  )
})
