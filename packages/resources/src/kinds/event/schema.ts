/** Source: Kubernetes API, core/v1 Event. */
import { anyObject, openObject, type Static, Type, timestamp } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const reference = openObject(
  {
    apiVersion: Type.Optional(Type.String({ description: 'Its API version.' })),
    kind: Type.Optional(Type.String({ description: 'Its kind.' })),
    namespace: Type.Optional(Type.String({ description: 'Its namespace.' })),
    name: Type.Optional(Type.String({ description: 'Its name.' })),
    uid: Type.Optional(Type.String({ description: 'Tells objects of one name apart.' })),
    resourceVersion: Type.Optional(Type.String({ description: 'The version that it happened to.' })),
    fieldPath: Type.Optional(Type.String({ description: 'The part that it happened to.' })),
  },
  { description: 'What it happened to.' },
)

export const eventSchema = resourceSchema(
  'v1',
  'Event',
  {
    involvedObject: reference,
    reason: Type.Optional(Type.String({ description: 'One word, for programs.' })),
    message: Type.Optional(Type.String({ description: 'A sentence, for people.' })),
    type: Type.Optional(Type.String({ description: 'Normal or Warning.' })),
    action: Type.Optional(Type.String({ description: 'What was done.' })),
    count: Type.Optional(Type.Integer({ description: 'How often it happened.' })),
    eventTime: Type.Optional(timestamp({ description: 'When it happened.' })),
    firstTimestamp: Type.Optional(timestamp({ description: 'When it happened first.' })),
    lastTimestamp: Type.Optional(timestamp({ description: 'When it happened last.' })),
    related: Type.Optional(anyObject({ description: 'Another object that has part in it.' })),
    reportingComponent: Type.Optional(Type.String({ description: 'What tells it.' })),
    reportingInstance: Type.Optional(Type.String({ description: 'Which one of those.' })),
    series: Type.Optional(anyObject({ description: 'How it goes on.' })),
    source: Type.Optional(
      openObject(
        {
          component: Type.Optional(Type.String({ description: 'What tells it.' })),
          host: Type.Optional(Type.String({ description: 'Where that runs.' })),
        },
        { description: 'Who tells it, as before reportingComponent.' },
      ),
    ),
  },
  'Something that happened to an object.',
)

export type Event = Static<typeof eventSchema>
