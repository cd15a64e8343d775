import { type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { globalPolicyFields, stagedActionField } from '../rule/policy-fields.ts'

export const stagedGlobalNetworkPolicySchema = resourceSchema(
  'projectcalico.org/v3',
  'StagedGlobalNetworkPolicy',
  { spec: Type.Optional(Type.Object({ ...stagedActionField, ...globalPolicyFields }, { default: {} })) },
  'A GlobalNetworkPolicy that is only watched, not enforced.',
)

export type StagedGlobalNetworkPolicy = Static<typeof stagedGlobalNetworkPolicySchema>
