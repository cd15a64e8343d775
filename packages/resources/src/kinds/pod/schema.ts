/** The part of a Pod that networking, placement and display need; the rest is kept as it is. */
import { choice, openObject, type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const portNumber = (options: Readonly<Record<string, unknown>> = {}) =>
  Type.Integer({ maximum: 65535, ...options })

const containerPort = openObject({
  name: Type.Optional(Type.String()),
  containerPort: portNumber({ minimum: 1 }),
  hostPort: Type.Optional(portNumber({ minimum: 0 })),
  hostIP: Type.Optional(Type.String()),
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
})

const container = openObject({
  name: Type.Optional(Type.String()),
  image: Type.Optional(Type.String()),
  ports: Type.Optional(Type.Array(containerPort)),
  restartPolicy: Type.Optional(Type.String()),
})

const containerStatus = openObject({
  name: Type.Optional(Type.String()),
  ready: Type.Optional(Type.Boolean()),
  restartCount: Type.Optional(Type.Integer()),
})

export const podSpecSchema = openObject({
  containers: Type.Optional(Type.Array(container)),
  initContainers: Type.Optional(Type.Array(container)),
  nodeName: Type.Optional(Type.String()),
  nodeSelector: Type.Optional(stringMap()),
  hostNetwork: Type.Optional(Type.Boolean()),
  serviceAccountName: Type.Optional(Type.String()),
  serviceAccount: Type.Optional(Type.String({ description: 'The old name of serviceAccountName.' })),
  restartPolicy: Type.Optional(Type.String()),
  schedulerName: Type.Optional(Type.String()),
})

const podStatus = openObject({
  phase: Type.Optional(Type.String()),
  nominatedNodeName: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  hostIP: Type.Optional(Type.String()),
  podIP: Type.Optional(Type.String()),
  podIPs: Type.Optional(Type.Array(openObject({ ip: Type.Optional(Type.String()) }))),
  containerStatuses: Type.Optional(Type.Array(containerStatus)),
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
