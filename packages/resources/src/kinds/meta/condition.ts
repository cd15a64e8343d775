import { choice, listMap, type Static, Type, timestamp } from '../../schema/build.ts'

/** Of what a condition says to people, in characters. */
export const maxMessageLength = 32_768

/** One observation about an object. Source: Kubernetes API, meta/v1 Condition. */
const condition = Type.Object({
  type: Type.String({ maxLength: 316, description: 'What is observed.' }),
  status: choice(['True', 'False', 'Unknown'], { description: 'True, False or Unknown.' }),
  observedGeneration: Type.Optional(
    Type.Integer({ minimum: 0, description: 'The generation of the object that was observed.' }),
  ),
  lastTransitionTime: timestamp({ description: 'When the status changed last.' }),
  reason: Type.String({ minLength: 1, maxLength: 1024, description: 'One word, for programs.' }),
  message: Type.String({ maxLength: maxMessageLength, description: 'A sentence, for people.' }),
})

export type Condition = Static<typeof condition>
export const conditions = () => listMap(condition, ['type'], { description: 'One of each type.' })
