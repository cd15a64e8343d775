import { expect, test } from 'vitest'
import { admitted, hostEndpoint, issuePaths } from '../examples.testkit.ts'

test.each([
  { expectedIPs: ['10.0.0.1', '::ffff:10.0.0.2', 'fd00::1'] },
  { profiles: ['projectcalico-default-allow', 'kns.shop'] },
  { ports: [] },
])('a host endpoint may have %j', (spec) => expect(issuePaths(hostEndpoint(spec))).toEqual([]))

test.each([
  [{ expectedIPs: ['10.0.0.0/24'] }, 'spec.expectedIPs[0]'],
  [{ expectedIPs: ['10.0.0.1', 'fe80::1%eth0'] }, 'spec.expectedIPs[1]'],
  [{ expectedIPs: ['10.0.0.1', '10.0.0.1'] }, 'spec.expectedIPs[1]'],
  [{ profiles: ['.a'] }, 'spec.profiles[0]'],
  [{ profiles: ['a', 'a'] }, 'spec.profiles[1]'],
  [{ nodeName: 'node-1' }, 'spec.nodeName'],
])('a host endpoint may not have %j, and %s is told', (spec, path) =>
  expect(issuePaths(hostEndpoint(spec))).toEqual([path]),
)

test('a protocol of digits is stored as its number', () => {
  const ports = [{ name: 'http', protocol: '6', port: 80 }]
  expect(admitted(hostEndpoint({ ports }))).toMatchObject({ spec: { ports: [{ protocol: 6 }] } })
})
