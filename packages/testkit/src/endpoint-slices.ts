/** The addresses behind the one service that rules name, in each namespace. */
import { type IpVersion, parseIp } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { addressesOf } from './nets.ts'
import { maybe, record } from './optional.ts'
import { portNumber } from './ports.ts'

/** What rules call it. */
export const serviceName = 'shop'

export function endpointSlices(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    namespace: fc.constantFrom(...namespacesOf(cast)),
    name: fc.constantFrom('slice-1', 'slice-2'),
    service: fc.constantFrom(serviceName, serviceName, serviceName, 'other'),
    family: fc.constantFrom<IpVersion>(4, 6, 4),
    addresses: fc.uniqueArray(fc.constantFrom(...addressesOf(cast, 4), ...addressesOf(cast, 6)), {
      maxLength: 8,
    }),
    ready: maybe(20, fc.boolean()),
    ports: fc.uniqueArray(slicePort, { maxLength: 3, selector: ({ name }) => name }),
  }).map(({ namespace, name, service, family, addresses, ready, ports }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, labels: { 'kubernetes.io/service-name': service } },
    addressType: `IPv${family}`,
    endpoints: addresses
      .filter((address) => parseIp(address)?.version === family)
      .map((address) => ({
        addresses: [address],
        ...(ready === undefined ? {} : { conditions: { ready } }),
      })),
    ports,
  }))
}

const slicePort = record({
  name: fc.constantFrom('web', 'dns', 'admin'),
  protocol: maybe(70, fc.constantFrom('TCP', 'UDP', 'SCTP', 'TCP')),
  port: maybe(90, portNumber),
})
