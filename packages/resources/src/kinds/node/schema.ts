import { openObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const address = openObject({ type: Type.String(), address: Type.String() })
const condition = openObject({ type: Type.String(), status: Type.String() })

export const nodeSchema = resourceSchema(
  'v1',
  'Node',
  {
    spec: Type.Optional(
      openObject({
        podCIDR: Type.Optional(Type.String()),
        podCIDRs: Type.Optional(Type.Array(Type.String())),
        providerID: Type.Optional(Type.String()),
        unschedulable: Type.Optional(Type.Boolean()),
      }),
    ),
    status: Type.Optional(
      openObject({
        addresses: Type.Optional(Type.Array(address)),
        conditions: Type.Optional(Type.Array(condition)),
        nodeInfo: Type.Optional(
          openObject({
            kubeletVersion: Type.Optional(Type.String()),
            osImage: Type.Optional(Type.String()),
            kernelVersion: Type.Optional(Type.String()),
            containerRuntimeVersion: Type.Optional(Type.String()),
          }),
        ),
      }),
    ),
  },
  'A machine that runs pods.',
)

export type Node = Static<typeof nodeSchema>
