import type { Static } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { networkSetSpec } from '../network-set/schema.ts'

export const globalNetworkSetSchema = resourceSchema(
  'projectcalico.org/v3',
  'GlobalNetworkSet',
  { spec: networkSetSpec },
  'Addresses under labels, so that rules can select them.',
)

export type GlobalNetworkSet = Static<typeof globalNetworkSetSchema>
