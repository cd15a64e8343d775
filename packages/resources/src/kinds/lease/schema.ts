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
        leaseDurationSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
        acquireTime: Type.Optional(timestamp()),
        renewTime: Type.Optional(timestamp()),
        leaseTransitions: Type.Optional(Type.Integer({ minimum: 0 })),
        strategy: Type.Optional(Type.String()),
        preferredHolder: Type.Optional(Type.String()),
      }),
    ),
  },
  'Who is the one that may do something, and until when.',
)

export type Lease = Static<typeof leaseSchema>
