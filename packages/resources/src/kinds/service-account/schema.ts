import { anyObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const serviceAccountSchema = resourceSchema(
  'v1',
  'ServiceAccount',
  {
    automountServiceAccountToken: Type.Optional(
      Type.Boolean({ description: 'Whether its pods get a token.' }),
    ),
    secrets: Type.Optional(Type.Array(anyObject(), { description: 'Secrets that its pods may use.' })),
    imagePullSecrets: Type.Optional(Type.Array(anyObject(), { description: 'Secrets for its images.' })),
  },
  'The identity that a pod runs as; its labels are what service account selectors select by.',
)

export type ServiceAccount = Static<typeof serviceAccountSchema>
