/** Source: spec/api.md 1.6. */
import { type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { rules } from '../rule/schema.ts'

const spec = Type.Object(
  {
    ingress: rules('For packets to endpoints that have the profile, after all policies.'),
    egress: rules('For packets from endpoints that have the profile, after all policies.'),
    labelsToApply: Type.Optional(
      stringMap({ description: "Labels for those endpoints; an endpoint's own label wins." }),
    ),
  },
  { default: {} },
)

export const profileSchema = resourceSchema(
  'projectcalico.org/v3',
  'Profile',
  { spec: Type.Optional(spec) },
  'Labels and last rules for the endpoints that name it.',
)

export type Profile = Static<typeof profileSchema>
