import { type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { globalPolicyFields } from '../rule/policy-fields.ts'

export const globalNetworkPolicySchema = resourceSchema(
  'projectcalico.org/v3',
  'GlobalNetworkPolicy',
  { spec: Type.Optional(Type.Object(globalPolicyFields, { default: {} })) },
  'Ordered rules for endpoints of every namespace and of hosts.',
)

export type GlobalNetworkPolicy = Static<typeof globalNetworkPolicySchema>
