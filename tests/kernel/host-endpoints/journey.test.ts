/** What is expected of answers, where the random worlds of host-endpoints.test.ts once expected too much. No kernel is asked. */
import { buildPolicyState, resolveHostEndpoints } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, hostInterfaces, type Packet, smallCast } from '@margay/testkit'
import { expect, test } from 'vitest'
import { journeyOf } from './journey.ts'
import { placesOf, servicesOf, withSecondAddresses } from './places.ts'

const cast = withSecondAddresses(smallCast)
const surroundings = { places: placesOf(cast), services: servicesOf(cast) }
const interfaces = hostInterfaces.map((name) => ({ name, addresses: [] }))

/** The service's backend is who asks. */
const toItselfByService: Packet = {
  ...{ sourceIp: '2001:db8::7', destinationIp: 'fd96::1', protocol: 6 },
  ...{ sourcePort: 20_000, destinationPort: 443 },
}
const endpoint: ResourceObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'uplink' },
  spec: { node: 'a', interfaceName: 'eth1' },
}
const allowing = (flags: Record<string, unknown>): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'all' },
  spec: { types: ['Ingress'], ...flags },
})

function answerWith(policy: ResourceObject): boolean | undefined {
  const { state } = buildPolicyState(admitAll([endpoint, policy]))
  const governing = resolveHostEndpoints(state.hostEndpoints.values(), 'a', interfaces, ['cali'])
  return journeyOf(surroundings, { state, governing: new Map([['a', governing]]) }, toItselfByService)
    .isAnswered
}

test('of who reaches itself through a service, which is masqueraded, the answer is known if it is tracked', () => {
  expect(answerWith(allowing({ selector: 'has(none)' }))).toBe(true)
})

test('but not where untracked policy is asked about it, since the address that it goes to is chosen by the kernel', () => {
  expect(answerWith(allowing({ applyOnForward: true, doNotTrack: true, order: 1 }))).toBe(undefined)
})
