import type { Link } from '@margay/netlink'
import { expect, test } from 'vitest'
import { handingOn } from './node-interfaces.ts'

function link(index: number, given: Partial<Link> = {}) {
  return { index, kind: undefined, master: undefined, lower: undefined, lowerNamespace: undefined, ...given }
}

test.each([
  ['a port of a bridge', [link(1, { master: 2 }), link(2, { kind: 'bridge' })], [1]],
  ['a part of a bond', [link(1, { master: 2 }), link(2, { kind: 'bond' })], [1]],
  ['what ipvlan devices are made of', [link(1), link(2, { kind: 'ipvlan', lower: 1 })], [1]],
  ['what macvlan devices are made of', [link(1), link(2, { kind: 'macvlan', lower: 1 })], [1]],
  ['no member of a VRF', [link(1, { master: 2 }), link(2, { kind: 'vrf' })], []],
  ['not what only tagged frames go on from', [link(1), link(2, { kind: 'vlan', lower: 1 })], []],
  ['no end of a veth pair', [link(1, { kind: 'veth', lower: 2 }), link(2, { kind: 'veth', lower: 1 })], []],
  [
    'nothing of the same number in another namespace',
    [link(1), link(2, { kind: 'macvlan', lower: 1, lowerNamespace: 5 })],
    [],
  ],
])('hands frames on: %s', (_, links, expected) => {
  expect([...handingOn(links)]).toEqual(expected)
})
