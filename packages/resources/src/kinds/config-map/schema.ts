/** Source: Kubernetes API, core/v1 ConfigMap. */
import { type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const configMapSchema = resourceSchema(
  'v1',
  'ConfigMap',
  {
    data: Type.Optional(stringMap({ description: 'Texts.' })),
    binaryData: Type.Optional(stringMap({ description: 'Bytes in base64.' })),
    immutable: Type.Optional(Type.Boolean({ description: 'Once true, data can not be changed any more.' })),
  },
  'Settings that are no secret.',
)

export type ConfigMap = Static<typeof configMapSchema>
