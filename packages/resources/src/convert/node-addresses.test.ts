import { formatIp } from '@margay/netset'
import { expect, test } from 'vitest'
import type { Node } from '../kinds/node/schema.ts'
import { nodeAddresses } from './node-addresses.ts'

test('a node has the addresses that its kubelet and Calico’s agent report, and no names', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'n',
      annotations: {
        'projectcalico.org/IPv4Address': '10.0.0.1/24',
        'projectcalico.org/IPv6Address': '2001:db8::1/64',
        other: '10.0.0.9',
      },
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'ExternalIP', address: '203.0.113.1' },
        { type: 'Hostname', address: 'n.example' },
      ],
    },
  }
  const all = ['192.0.2.1', '203.0.113.1', '10.0.0.1', '2001:db8::1']
  expect(nodeAddresses(node).map(formatIp)).toEqual(all)
  expect(nodeAddresses({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })).toEqual([])
})
