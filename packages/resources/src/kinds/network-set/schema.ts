import { type Static, setOf, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

/** Source: spec/api.md 1.4, spec/dataplane.md 7.1. */
export const networkSetSpec = Type.Optional(
  Type.Object(
    {
      nets: Type.Optional(setOf(Type.String(), { description: 'CIDRs or addresses, of both families.' })),
      allowedEgressDomains: Type.Optional(
        setOf(Type.String(), {
          description:
            'Names of domains, for egress rules that allow: addresses outside of the cluster that DNS gives for any of them; `*` stands for one or more whole labels.',
        }),
      ),
    },
    { default: {} },
  ),
)

export const networkSetSchema = resourceSchema(
  'projectcalico.org/v3',
  'NetworkSet',
  { spec: networkSetSpec },
  'Addresses under labels, so that the rules of one namespace can select them.',
)

export type NetworkSet = Static<typeof networkSetSchema>
