/** The metadata of every object. Source: Kubernetes API, meta/v1 ObjectMeta. */
import {
  anyObject,
  list,
  listMap,
  type Static,
  setOf,
  stringMap,
  Type,
  timestamp,
} from '../../schema/build.ts'

const ownerReference = Type.Object({
  apiVersion: Type.String({ description: 'Its API version.' }),
  kind: Type.String({ description: 'Its kind.' }),
  name: Type.String({ description: 'Its name.' }),
  uid: Type.String({ description: 'Tells objects of one name apart.' }),
  controller: Type.Optional(Type.Boolean({ description: 'Whether it controls this object.' })),
  blockOwnerDeletion: Type.Optional(
    Type.Boolean({ description: 'Whether it can not go before this object.' }),
  ),
})

export const objectMetaSchema = Type.Object(
  {
    name: Type.String({ description: 'Unique within the namespace, or within the cluster.' }),
    namespace: Type.Optional(Type.String({ description: 'Absent for objects of the whole cluster.' })),
    generateName: Type.Optional(Type.String({ description: 'Prefix of a name that the server makes up.' })),
    labels: Type.Optional(stringMap({ description: 'What selectors select by.' })),
    annotations: Type.Optional(stringMap({ description: 'Free notes, at most 256 KiB in all.' })),
    uid: Type.Optional(Type.String({ description: 'Set by the server, never used twice.' })),
    resourceVersion: Type.Optional(
      Type.String({ description: 'Set by the server; changes with every write.' }),
    ),
    generation: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Set by the server; changes with the spec.' }),
    ),
    creationTimestamp: Type.Optional(timestamp({ description: 'Set by the server.' })),
    deletionTimestamp: Type.Optional(
      timestamp({ description: 'Set by the server when deletion was asked for.' }),
    ),
    deletionGracePeriodSeconds: Type.Optional(Type.Integer({ description: 'Seconds.' })),
    finalizers: Type.Optional(setOf(Type.String(), { description: 'Who must agree to the deletion.' })),
    ownerReferences: Type.Optional(
      listMap(ownerReference, ['uid'], { description: 'Objects this one belongs to.' }),
    ),
    managedFields: Type.Optional(list(anyObject(), { description: 'Who manages which field.' })),
    selfLink: Type.Optional(Type.String({ description: 'Without meaning since Kubernetes 1.20.' })),
  },
  { description: 'Name, labels and bookkeeping of an object.' },
)

export type ObjectMeta = Static<typeof objectMetaSchema>
