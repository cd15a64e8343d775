import { anyObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const serviceAccountSchema = resourceSchema(
  'v1',
  'ServiceAccount',
  {
    automountServiceAccountToken: Type.Optional(Type.Boolean()),
    secrets: Type.Optional(Type.Array(anyObject())),
    imagePullSecrets: Type.Optional(Type.Array(anyObject())),
  },
  'The identity that a pod runs as; its labels are what service account selectors select by.',
)

export type ServiceAccount = Static<typeof serviceAccountSchema>
