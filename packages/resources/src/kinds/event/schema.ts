/** Source: Kubernetes API, core/v1 Event. */
import { anyObject, openObject, type Static, Type, timestamp } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const reference = openObject({
  apiVersion: Type.Optional(Type.String()),
  kind: Type.Optional(Type.String()),
  namespace: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  uid: Type.Optional(Type.String()),
  resourceVersion: Type.Optional(Type.String()),
  fieldPath: Type.Optional(Type.String()),
})

export const eventSchema = resourceSchema(
  'v1',
  'Event',
  {
    involvedObject: reference,
    reason: Type.Optional(Type.String({ description: 'One word, for programs.' })),
    message: Type.Optional(Type.String({ description: 'A sentence, for people.' })),
    type: Type.Optional(Type.String({ description: 'Normal or Warning.' })),
    action: Type.Optional(Type.String()),
    count: Type.Optional(Type.Integer()),
    eventTime: Type.Optional(timestamp()),
    firstTimestamp: Type.Optional(timestamp()),
    lastTimestamp: Type.Optional(timestamp()),
    related: Type.Optional(anyObject()),
    reportingComponent: Type.Optional(Type.String()),
    reportingInstance: Type.Optional(Type.String()),
    series: Type.Optional(anyObject()),
    source: Type.Optional(
      openObject({ component: Type.Optional(Type.String()), host: Type.Optional(Type.String()) }),
    ),
  },
  'Something that happened to an object.',
)

export type Event = Static<typeof eventSchema>
