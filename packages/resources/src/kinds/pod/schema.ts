/** The part of a Pod that networking, placement and display need; the rest is kept as it is. */
import { choice, openObject, type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const portNumber = (options: Readonly<Record<string, unknown>> = {}) =>
  Type.Integer({ maximum: 65535, ...options })

const containerPort = openObject({
  name: Type.Optional(Type.String({ description: 'What rules and services may name.' })),
  containerPort: portNumber({ minimum: 1, description: 'The number.' }),
  hostPort: Type.Optional(
    portNumber({ minimum: 0, description: 'The port of the node that leads to it; 0 for none.' }),
  ),
  hostIP: Type.Optional(Type.String({ description: 'The address of the node that leads to it.' })),
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' })),
})

const container = openObject({
  name: Type.Optional(Type.String({ description: 'Its name.' })),
  image: Type.Optional(Type.String({ description: 'What it runs.' })),
  ports: Type.Optional(Type.Array(containerPort, { description: 'What it listens on.' })),
  restartPolicy: Type.Optional(
    Type.String({ description: 'Whether it is started again; Always makes an init container a sidecar.' }),
  ),
})

const containerStatus = openObject({
  name: Type.Optional(Type.String({ description: 'The container.' })),
  ready: Type.Optional(Type.Boolean({ description: 'Whether it is ready.' })),
  restartCount: Type.Optional(Type.Integer({ description: 'How often it was started again.' })),
})

export const podSpecSchema = openObject({
  containers: Type.Optional(Type.Array(container, { description: 'What it runs.' })),
  initContainers: Type.Optional(Type.Array(container, { description: 'What runs before, or beside them.' })),
  nodeName: Type.Optional(Type.String({ description: 'The node that it runs on.' })),
  nodeSelector: Type.Optional(stringMap({ description: 'Labels of nodes that it may run on.' })),
  hostNetwork: Type.Optional(
    Type.Boolean({
      description: 'Whether it shares the network of its node: then it is no endpoint of policy.',
    }),
  ),
  serviceAccountName: Type.Optional(Type.String({ description: 'Whom it runs as.' })),
  serviceAccount: Type.Optional(Type.String({ description: 'The old name of serviceAccountName.' })),
  restartPolicy: Type.Optional(Type.String({ description: 'Whether its containers are started again.' })),
  schedulerName: Type.Optional(Type.String({ description: 'Who finds it a node.' })),
})

const podStatus = openObject({
  phase: Type.Optional(Type.String({ description: 'Pending, Running, Succeeded, Failed or Unknown.' })),
  nominatedNodeName: Type.Optional(
    Type.String({ description: 'The node that it may get once others have left it.' }),
  ),
  reason: Type.Optional(Type.String({ description: 'Why it is in its phase.' })),
  hostIP: Type.Optional(Type.String({ description: 'The address of its node.' })),
  podIP: Type.Optional(Type.String({ description: 'Its first address.' })),
  podIPs: Type.Optional(
    Type.Array(openObject({ ip: Type.Optional(Type.String({ description: 'The address.' })) }), {
      description: 'Its addresses, for both IP versions.',
    }),
  ),
  containerStatuses: Type.Optional(
    Type.Array(containerStatus, { description: 'The state of its containers.' }),
  ),
})

export const podSchema = resourceSchema(
  'v1',
  'Pod',
  { spec: Type.Optional(podSpecSchema), status: Type.Optional(podStatus) },
  'Containers that share one network address.',
)

export type Pod = Static<typeof podSchema>
export type PodSpec = Static<typeof podSpecSchema>
export type ContainerPort = Static<typeof containerPort>
