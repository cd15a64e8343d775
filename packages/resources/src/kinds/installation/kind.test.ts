import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import { admitted, installation, issuePaths } from '../examples.testkit.ts'

test('a manifest of the operator is admitted with all that it says', () => {
  const spec = {
    variant: 'Calico',
    registry: 'registry.example/',
    calicoNetwork: {
      bgp: 'Disabled',
      wireguard: 'Enabled',
      ipPools: [{ cidr: '10.244.0.0/16', encapsulation: 'VXLANCrossSubnet', natOutgoing: 'Enabled' }],
    },
    componentResources: [{ componentName: 'Node', resourceRequirements: { requests: { cpu: '250m' } } }],
  }
  expect(admitted(installation(spec, { name: 'default' }))).toMatchObject({ spec })
  expect(issuePaths({ ...installation({}), status: { mtu: 1440, conditions: [] } })).toEqual([])
})

test.each([
  [{ calicoNetwork: { wireguard: 'Disabled' } }],
  [{ calicoNetwork: {} }],
  [{ calicoNetwork: null }],
  [{}],
])('the spec may be %j', (spec) => expect(issuePaths(installation(spec))).toEqual([]))

test.each(['enabled', '', true, 'On'])('WireGuard is not %j', (wireguard) => {
  expect(issuePaths(installation({ calicoNetwork: { wireguard } }))).toEqual(['spec.calicoNetwork.wireguard'])
})

test('a network that is no object is refused, and so is a field beside the spec', () => {
  expect(issuePaths(installation({ calicoNetwork: 'Calico' }))).toEqual(['spec.calicoNetwork'])
  expect(issuePaths({ ...installation({}), wireguard: 'Enabled' })).toEqual(['wireguard'])
})

const { metadata: _, ...bare } = installation({})
test.each([
  ['no metadata', bare],
  ['empty metadata', installation({})],
  ['an empty name', installation({}, { name: '' })],
  ['no name', installation({}, { name: null, labels: { a: 'b' } })],
])('with %s, it is the one that there is', (_, input) => {
  const before = structuredClone(input)
  expect(admitted(input)).toMatchObject({ metadata: { name: 'default' } })
  expect(input).toEqual(before)
})

test('a name that it has stays', () => {
  expect(admitted(installation({}, { name: 'overlay' }))).toMatchObject({ metadata: { name: 'overlay' } })
  expect(issuePaths(installation({}, { name: 'A' }))).toEqual(['metadata.name'])
  expect(issuePaths(installation({}, { name: 7 }))).toEqual(['metadata.name'])
  expect(issuePaths({ ...installation({}), metadata: 'default' })).toEqual(['metadata'])
})

test('one whose name the server is to make up is not given one here', () => {
  const admission = admit(installation({}, { generateName: 'i-' }))
  expect(admission.ok ? [] : admission.issues).toMatchObject([{ path: 'metadata.name' }])
})
