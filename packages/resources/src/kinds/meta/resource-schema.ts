import { choice, type TSchema, Type } from '../../schema/build.ts'
import { objectMetaSchema } from './object-meta.ts'

/** The envelope of an object: apiVersion, kind and metadata around the fields of its kind. */
export function resourceSchema<
  const ApiVersion extends string,
  const Kind extends string,
  Fields extends Record<string, TSchema>,
>(apiVersion: ApiVersion, kind: Kind, fields: Fields, description: string) {
  return Type.Object(
    { apiVersion: choice([apiVersion]), kind: choice([kind]), metadata: objectMetaSchema, ...fields },
    { description },
  )
}
