import { choice, type Static, Type } from '../../schema/build.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const tierSchema = resourceSchema(
  'projectcalico.org/v3',
  'Tier',
  {
    spec: Type.Optional(
      Type.Object(
        {
          order: Type.Optional(Type.Number({ description: 'Lower goes first; 1,000,000 if absent.' })),
          defaultAction: Type.Optional(
            choice(['Deny', 'Pass', 'Allow'], {
              default: 'Deny',
              description: 'What happens to a packet that policies of the tier apply to and no rule decided.',
            }),
          ),
        },
        { default: {} },
      ),
    ),
    status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })),
  },
  'A group of policies that is evaluated as a whole, in the order of tiers.',
)

export type Tier = Static<typeof tierSchema>
