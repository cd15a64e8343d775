import { expect, test } from 'vitest'
import { admitted, ipPool, issuePaths } from '../examples.testkit.ts'

const loadBalancer = { allowedUses: ['LoadBalancer'] }

test.each([
  {},
  { cidr: 'fd00:10::/64' },
  { cidr: '10.0.0.0/26' },
  { cidr: '10.0.0.0/30', disabled: true },
  { cidr: '10.0.0.0/30', blockSize: 30 },
  { cidr: 'fd00::/128', blockSize: 128 },
  { blockSize: 0 },
  { ipipMode: 'CrossSubnet', natOutgoing: true },
  { vxlanMode: 'Always', ipipMode: 'Never' },
  { cidr: 'fd00:10::/64', vxlanMode: 'Always' },
  { nodeSelector: 'has(gpu)', namespaceSelector: "team == 'a' || team contains 'b'" },
  { nodeSelector: '', namespaceSelector: '' },
  { allowedUses: [] },
  { allowedUses: ['Workload', 'Tunnel'] },
  { allowedUses: ['Workload'], namespaceSelector: 'has(a)' },
  { ...loadBalancer, nodeSelector: 'all()', assignmentMode: 'Manual' },
  loadBalancer,
  { encryption: 'Enabled' },
  { encryption: 'Disabled', ipipMode: 'Always' },
])('a pool may have %j', (spec) => expect(issuePaths(ipPool(spec))).toEqual([]))

test.each([
  [{ cidr: undefined }, 'spec.cidr'],
  [{ cidr: '' }, 'spec.cidr'],
  [{ cidr: '10.0.0.1' }, 'spec.cidr'],
  [{ cidr: '10.0.0.0/33' }, 'spec.cidr'],
  [{ cidr: '10.0.0.1/16' }, 'spec.cidr'],
  [{ cidr: '10.0.0.0/27' }, 'spec.cidr'],
  [{ cidr: 'fd00::/123' }, 'spec.cidr'],
  [{ cidr: '169.254.5.0/24' }, 'spec.cidr'],
  [{ cidr: '168.0.0.0/6' }, 'spec.cidr'],
  [{ cidr: 'fe80::/64' }, 'spec.cidr'],
  [{ cidr: '::/0' }, 'spec.cidr'],
  [{ blockSize: 19 }, 'spec.blockSize'],
  [{ blockSize: 33 }, 'spec.blockSize'],
  [{ cidr: 'fd00::/64', blockSize: 26 }, 'spec.blockSize'],
  [{ blockSize: 129 }, 'spec.blockSize'],
  [{ cidr: '10.0.0.0/22', blockSize: 20 }, 'spec.cidr'],
  [{ ipipMode: 'always' }, 'spec.ipipMode'],
  [{ vxlanMode: '' }, 'spec.vxlanMode'],
  [{ ipipMode: 'Always', vxlanMode: 'CrossSubnet' }, 'spec.vxlanMode'],
  [{ cidr: 'fd00::/64', ipipMode: 'Always' }, 'spec.ipipMode'],
  [{ nodeSelector: 'has(' }, 'spec.nodeSelector'],
  [{ nodeSelector: 'global()' }, 'spec.nodeSelector'],
  [{ namespaceSelector: "a == 'global('" }, 'spec.namespaceSelector'],
  [{ namespaceSelector: 'x'.repeat(1025) }, 'spec.namespaceSelector'],
  [{ allowedUses: ['Garbage'] }, 'spec.allowedUses[0]'],
  [{ allowedUses: ['Tunnel', 'Tunnel'] }, 'spec.allowedUses[1]'],
  [{ allowedUses: ['Tunnel'], namespaceSelector: 'has(a)' }, 'spec.namespaceSelector'],
  [{ allowedUses: ['LoadBalancer', 'Workload'] }, 'spec.allowedUses'],
  [{ ...loadBalancer, ipipMode: 'Always' }, 'spec.ipipMode'],
  [{ ...loadBalancer, vxlanMode: 'CrossSubnet' }, 'spec.vxlanMode'],
  [{ ...loadBalancer, disableBGPExport: true }, 'spec.disableBGPExport'],
  [{ ...loadBalancer, nodeSelector: '!all()' }, 'spec.nodeSelector'],
  [{ assignmentMode: 'manual' }, 'spec.assignmentMode'],
  [{ encryption: 'disabled' }, 'spec.encryption'],
  [{ encryption: false }, 'spec.encryption'],
  [{ ipip: { enabled: true } }, 'spec.ipip'],
])('a pool may not have %j, and %s is told', (spec, path) => expect(issuePaths(ipPool(spec))).toEqual([path]))

test.each([
  [{}, { cidr: '10.0.0.0/16', blockSize: 26, ipipMode: 'Never', vxlanMode: 'Never' }],
  [{}, { nodeSelector: 'all()', assignmentMode: 'Automatic', encryption: 'Enabled' }],
  [
    { cidr: 'FD00:10::0/64', nodeSelector: '' },
    { cidr: 'fd00:10::/64', blockSize: 122, nodeSelector: 'all()' },
  ],
  [{ blockSize: 0 }, { blockSize: 26 }],
  [{ blockSize: 24 }, { blockSize: 24 }],
])('a pool with %j is stored with %j', (spec, stored) =>
  expect(admitted(ipPool(spec))).toMatchObject({ spec: stored }),
)

test('what a pool may be used for is left open where nobody says it', () => {
  expect(admitted(ipPool({}))).not.toHaveProperty('spec.allowedUses')
})
