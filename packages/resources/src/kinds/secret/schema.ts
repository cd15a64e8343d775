/** Source: Kubernetes API, core/v1 Secret. */
import { type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const secretSchema = resourceSchema(
  'v1',
  'Secret',
  {
    data: Type.Optional(stringMap({ description: 'Bytes in base64.' })),
    stringData: Type.Optional(stringMap({ description: 'Texts; they go into data, and are never shown.' })),
    type: Type.Optional(Type.String({ default: 'Opaque', description: 'Says which entries there must be.' })),
    immutable: Type.Optional(Type.Boolean({ description: 'Once true, data can not be changed any more.' })),
  },
  'What only some may see.',
)

export type Secret = Static<typeof secretSchema>
