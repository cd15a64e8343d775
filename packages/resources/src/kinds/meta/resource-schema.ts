import { choice, type TSchema, Type } from '../../schema/build.ts'
import { objectMetaSchema } from './object-meta.ts'

/** What these two mean is the same in every kind. Source: Kubernetes API conventions, "Spec and Status". */
const meanings = { spec: 'What is wanted.', status: 'What is observed.' } as const

/** The envelope of an object: apiVersion, kind and metadata around the fields of its kind. */
export function resourceSchema<
  const ApiVersion extends string,
  const Kind extends string,
  Fields extends Record<string, TSchema>,
>(apiVersion: ApiVersion, kind: Kind, fields: Fields, description: string) {
  for (const [field, description] of Object.entries(meanings)) describe(fields[field], description)
  return Type.Object(
    {
      apiVersion: choice([apiVersion], { description: 'The version of the API.' }),
      kind: choice([kind], { description: 'The kind of the object.' }),
      metadata: objectMetaSchema,
      ...fields,
    },
    { description },
  )
}

/** In place: a copy of a schema would lose what typebox hides in it. */
function describe(schema: TSchema | undefined, description: string): void {
  if (schema !== undefined && !('description' in schema)) Object.assign(schema, { description })
}
