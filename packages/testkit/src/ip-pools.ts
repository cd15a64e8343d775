/** IP pools, as far as they say how nodes carry packets of pods to each other. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { someOf } from './optional.ts'

export const ipPools: fc.Arbitrary<ResourceObject[]> = someOf(
  [
    pool('pods-4', fc.constantFrom({ ipipMode: 'Always' }, { vxlanMode: 'CrossSubnet' }, {}), '10.65.0.0/16'),
    pool('pods-6', fc.constantFrom({ vxlanMode: 'Always' }, {}), 'fd65::/64'),
  ],
  80,
)

function pool(name: string, modes: fc.Arbitrary<object>, cidr: string): fc.Arbitrary<ResourceObject> {
  return modes.map((mode) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'IPPool',
    metadata: { name },
    spec: { cidr, ...mode },
  }))
}
