import { type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { commonPolicyFields, stagedActionField } from '../rule/policy-fields.ts'

export const stagedNetworkPolicySchema = resourceSchema(
  'projectcalico.org/v3',
  'StagedNetworkPolicy',
  { spec: Type.Optional(Type.Object({ ...stagedActionField, ...commonPolicyFields }, { default: {} })) },
  'A NetworkPolicy that is only watched, not enforced.',
)

export type StagedNetworkPolicy = Static<typeof stagedNetworkPolicySchema>
