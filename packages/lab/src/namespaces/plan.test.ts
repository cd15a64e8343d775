import { expect, test } from 'vitest'
import type { LabNode, LabPod } from '../members.ts'
import { configureNode, configurePod, forgetPod, joinNode, plugPod, routeToPod, unplugPod } from './plan.ts'

const node: LabNode = { kind: 'node', name: 'a', ips: ['198.18.0.1', 'fd6d::1'], netns: 'margay-x.node.a' }
const pod: LabPod = {
  kind: 'pod',
  node: 'a',
  namespace: 'shop',
  name: 'web',
  ips: ['10.0.0.1', 'fd00::1'],
  interfaceName: 'cali1',
  netns: 'margay-x.pod.shop.web',
}

test('a node is joined to the bridge by a veth pair, and its addresses are usable at once', () => {
  expect(joinNode(node, 3)).toEqual([
    'link add port3 type veth peer name eth0 netns margay-x.node.a',
    'link set port3 master br0 up',
  ])
  expect(configureNode(node)).toEqual([
    'link set lo up',
    'addr add 198.18.0.1/16 dev eth0',
    'addr add fd6d::1/64 dev eth0 nodad',
    'link set eth0 up',
  ])
})

test('the host side of a pod has Calico’s MAC, host routes, and knows the pod’s MAC', () => {
  expect(plugPod(pod, 1)).toEqual([
    'link add cali1 address ee:ee:ee:ee:ee:ee type veth peer name eth0 address 02:6d:00:00:00:01 netns margay-x.pod.shop.web',
    'link set cali1 up',
    'neigh replace 10.0.0.1 lladdr 02:6d:00:00:00:01 dev cali1 nud permanent',
    'route replace 10.0.0.1/32 dev cali1 scope link',
    'neigh replace fd00::1 lladdr 02:6d:00:00:00:01 dev cali1 nud permanent',
    'route replace fd00::1/128 dev cali1 scope link',
  ])
  expect(unplugPod(pod)).toEqual(['link del cali1'])
})

test('a pod has host-length addresses and one gateway for each family that it uses', () => {
  expect(configurePod(pod)).toEqual([
    'link set lo up',
    'addr add 10.0.0.1/32 dev eth0',
    'addr add fd00::1/128 dev eth0 nodad',
    'link set eth0 up',
    'route add 169.254.1.1/32 dev eth0 scope link',
    'neigh replace 169.254.1.1 lladdr ee:ee:ee:ee:ee:ee dev eth0 nud permanent',
    'route add 0.0.0.0/0 via 169.254.1.1 dev eth0',
    'neigh replace fe80::ecee:eeff:feee:eeee lladdr ee:ee:ee:ee:ee:ee dev eth0 nud permanent',
    'route add ::/0 via fe80::ecee:eeff:feee:eeee dev eth0',
  ])
  const onlyIpv4 = configurePod({ ...pod, ips: ['10.0.0.1'] })
  expect(onlyIpv4.filter((line) => line.includes('fe80'))).toEqual([])
})

test('other nodes reach the pod by its node’s address of the same family', () => {
  expect(routeToPod(pod, node)).toEqual([
    'route replace 10.0.0.1/32 via 198.18.0.1',
    'route replace fd00::1/128 via fd6d::1',
  ])
  expect(forgetPod(pod)).toEqual(['route del 10.0.0.1/32', 'route del fd00::1/128'])
})
