import { type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { commonPolicyFields } from '../rule/policy-fields.ts'

export const networkPolicySchema = resourceSchema(
  'projectcalico.org/v3',
  'NetworkPolicy',
  { spec: Type.Optional(Type.Object(commonPolicyFields, { default: {} })) },
  'Ordered rules for endpoints of one namespace.',
)

export type NetworkPolicy = Static<typeof networkPolicySchema>
