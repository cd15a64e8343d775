import { expect, test } from 'vitest'
import { AddressSets } from '../state/address-set.ts'
import { ServiceSets } from '../state/service-set.ts'
import { lowerRule } from './lower-rule.ts'
import { LoweredPeers } from './lowered-peers.ts'

const context = {
  namespace: 'shop',
  origin: 0,
  direction: 'Ingress' as const,
  sets: new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] }),
  services: new ServiceSets(),
  peers: new LoweredPeers(),
}
const netsOf = (...nets: string[]) => {
  const { source, destination } =
    lowerRule({ action: 'Allow', source: { nets }, destination: { notNets: nets } }, context) ??
    expect.fail('no rule')
  return [source.nets, destination.notNets]
}

test('lists of the same addresses are equal: which policy was read first changes no table', () => {
  expect(netsOf('fd65::1/128', '::/0')).toEqual(netsOf('::/0'))
  expect(netsOf('10.0.1.0/24', '10.0.0.0/24')).toEqual(netsOf('10.0.0.0/23'))
  expect(netsOf('10.0.0.0/24')).not.toEqual(netsOf('10.0.0.0/23'))
})
