/** NetworkSet and GlobalNetworkSet, under the labels that pods carry, so that one selector means both. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { claimedLabels } from './labels.ts'
import { looseNetsOf } from './nets.ts'
import { maybe, record } from './optional.ts'

export function networkSets(cast: Cast): fc.Arbitrary<ResourceObject> {
  return record({
    // Undefined: a global one.
    namespace: maybe(50, fc.constantFrom(...namespacesOf(cast))),
    name: fc.constantFrom('s', 't'),
    labels: claimedLabels,
    nets: fc.uniqueArray(looseNetsOf(cast), { maxLength: 3 }),
  }).map(({ nets, ...metadata }) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: metadata.namespace === undefined ? 'GlobalNetworkSet' : 'NetworkSet',
    metadata,
    spec: { nets },
  }))
}
