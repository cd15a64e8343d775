import { openObject, type Static, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const address = openObject({
  type: Type.String({ description: 'InternalIP, ExternalIP or Hostname.' }),
  address: Type.String({ description: 'The address.' }),
})
const condition = openObject({
  type: Type.String({ description: 'What is observed.' }),
  status: Type.String({ description: 'True, False or Unknown.' }),
})

export const nodeSchema = resourceSchema(
  'v1',
  'Node',
  {
    spec: Type.Optional(
      openObject({
        podCIDR: Type.Optional(Type.String({ description: 'The addresses of its pods.' })),
        podCIDRs: Type.Optional(
          Type.Array(Type.String(), { description: 'The addresses of its pods, for both IP versions.' }),
        ),
        providerID: Type.Optional(Type.String({ description: 'How its provider knows it.' })),
        unschedulable: Type.Optional(Type.Boolean({ description: 'Whether new pods stay away.' })),
      }),
    ),
    status: Type.Optional(
      openObject({
        addresses: Type.Optional(Type.Array(address, { description: 'How it is reached.' })),
        conditions: Type.Optional(Type.Array(condition, { description: 'What is observed of it.' })),
        nodeInfo: Type.Optional(
          openObject(
            {
              kubeletVersion: Type.Optional(Type.String({ description: 'Of its kubelet.' })),
              osImage: Type.Optional(Type.String({ description: 'Its operating system.' })),
              kernelVersion: Type.Optional(Type.String({ description: 'Its kernel.' })),
              containerRuntimeVersion: Type.Optional(
                Type.String({ description: 'What runs its containers.' }),
              ),
            },
            { description: 'What it runs on.' },
          ),
        ),
      }),
    ),
  },
  'A machine that runs pods.',
)

export type Node = Static<typeof nodeSchema>
