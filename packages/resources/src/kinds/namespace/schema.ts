import { openObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const namespaceSchema = resourceSchema(
  'v1',
  'Namespace',
  {
    spec: Type.Optional(
      openObject({
        finalizers: Type.Optional(Type.Array(Type.String(), { description: 'Who must agree to its end.' })),
      }),
    ),
    status: Type.Optional(
      openObject({ phase: Type.Optional(Type.String({ description: 'Active or Terminating.' })) }),
    ),
  },
  'A space of names; its labels are what namespace selectors select by.',
)

export type Namespace = Static<typeof namespaceSchema>
