import { choice, listMap, type Static, Type, timestamp } from '../../schema/build.ts'

/** One observation about an object. Source: Kubernetes API, meta/v1 Condition. */
const condition = Type.Object({
  type: Type.String({ maxLength: 316 }),
  status: choice(['True', 'False', 'Unknown']),
  observedGeneration: Type.Optional(Type.Integer({ minimum: 0 })),
  lastTransitionTime: timestamp(),
  reason: Type.String({ minLength: 1, maxLength: 1024 }),
  message: Type.String({ maxLength: 32768 }),
})

export type Condition = Static<typeof condition>
export const conditions = () => listMap(condition, ['type'])
