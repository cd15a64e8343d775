/** Source: Kubernetes API, coordination.k8s.io/v1 Lease. */
import { type Static, Type, timestamp } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const leaseSchema = resourceSchema(
  'coordination.k8s.io/v1',
  'Lease',
  {
    spec: Type.Optional(
      Type.Object({
        holderIdentity: Type.Optional(Type.String({ description: 'Who holds it; empty: nobody.' })),
        leaseDurationSeconds: Type.Optional(
          Type.Integer({ minimum: 1, description: 'How long it is held after a renewal, in seconds.' }),
        ),
        acquireTime: Type.Optional(timestamp({ description: 'When the holder got it.' })),
        renewTime: Type.Optional(timestamp({ description: 'When the holder renewed it last.' })),
        leaseTransitions: Type.Optional(
          Type.Integer({ minimum: 0, description: 'How often its holder changed.' }),
        ),
        strategy: Type.Optional(Type.String({ description: 'How its holder is chosen.' })),
        preferredHolder: Type.Optional(Type.String({ description: 'Who should get it next.' })),
      }),
    ),
  },
  'Who is the one that may do something, and until when.',
)

export type Lease = Static<typeof leaseSchema>
