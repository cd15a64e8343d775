import { expect, test } from 'vitest'
import type { LabPod, PodSpec } from './members.ts'
import { checkPods, type Inventory } from './pod-specs.ts'

const spec: PodSpec = {
  node: 'a',
  namespace: 'shop',
  name: 'web',
  ips: ['10.0.0.1', 'fd00::1'],
  interfaceName: 'cali1',
}
const present: LabPod = {
  ...spec,
  kind: 'pod',
  name: 'old',
  ips: ['10.0.0.9'],
  interfaceName: 'cali9',
  netns: 'n',
}
const inventory: Inventory = {
  nodes: new Map(['a', 'b'].map((name) => [name, { kind: 'node' as const, name, ips: [], netns: name }])),
  pods: new Map([['shop/old', present]]),
  memberByIp: (ip) => (ip === '10.0.0.9' ? present : undefined),
}

test('pods that differ in name, addresses and interface are taken', () => {
  const other = { ...spec, name: 'db', ips: ['10.0.0.2'], interfaceName: 'cali2' }
  const elsewhere = { ...spec, node: 'b', namespace: 'bank', ips: ['10.0.0.3'], interfaceName: 'cali1' }
  expect(() => checkPods([spec, other, elsewhere], inventory)).not.toThrow()
})

const second = { ...spec, name: 'db', ips: ['10.0.0.2'], interfaceName: 'cali2' }
test.each<[string, PodSpec[], string]>([
  ['an unknown node', [{ ...spec, node: 'c' }], 'node: pod shop/web names the unknown node "c"'],
  ['no address', [{ ...spec, ips: [] }], 'ips: pod shop/web has no address'],
  [
    'an address with a prefix',
    [{ ...spec, ips: ['10.0.0.1/32'] }],
    'ips: "10.0.0.1/32" is not an IP address',
  ],
  [
    'an address of the nodes',
    [{ ...spec, ips: ['198.18.0.77'] }],
    'ips: 198.18.0.77 belongs to the lab’s network of nodes',
  ],
  [
    'an IPv6 address of the nodes',
    [{ ...spec, ips: ['fd6d:6172:6761:7900::5'] }],
    'belongs to the lab’s network',
  ],
  ['an address that is taken', [{ ...spec, ips: ['10.0.0.9'] }], 'ips: 10.0.0.9 belongs to pod shop/old'],
  ['a pod that is there', [{ ...spec, name: 'old' }], 'pods: pod shop/old is there twice'],
  [
    'an interface that is there',
    [{ ...spec, interfaceName: 'cali9' }],
    'pods: interface cali9 on node a is there twice',
  ],
  ['a pod twice', [spec, { ...second, name: 'web' }], 'pods: pod shop/web is there twice'],
  [
    'an interface twice',
    [spec, { ...second, interfaceName: 'cali1' }],
    'pods: interface cali1 on node a is there twice',
  ],
  [
    'an address twice',
    [spec, { ...second, ips: ['FD00:0::1'] }],
    'pods: address fd00:0:0:0:0:0:0:1 is there twice',
  ],
  [
    'a bad interface name',
    [{ ...spec, interfaceName: 'a/b' }],
    'interfaceName: "a/b" is not a free interface name',
  ],
])('%s is refused', (_, specs, message) => {
  expect(() => checkPods(specs, inventory)).toThrow(message)
})
