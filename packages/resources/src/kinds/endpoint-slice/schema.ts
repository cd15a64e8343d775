/** Source: Kubernetes API, discovery.k8s.io/v1 EndpointSlice. */
import { anyObject, choice, list, openObject, type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const endpoint = Type.Object({
  addresses: list(Type.String(), { minItems: 1, maxItems: 100, description: 'All of one endpoint.' }),
  conditions: Type.Optional(
    Type.Object({
      ready: Type.Optional(Type.Boolean()),
      serving: Type.Optional(Type.Boolean()),
      terminating: Type.Optional(Type.Boolean()),
    }),
  ),
  hostname: Type.Optional(Type.String()),
  targetRef: Type.Optional(
    openObject({
      kind: Type.Optional(Type.String()),
      namespace: Type.Optional(Type.String()),
      name: Type.Optional(Type.String()),
      uid: Type.Optional(Type.String()),
    }),
  ),
  deprecatedTopology: Type.Optional(stringMap()),
  nodeName: Type.Optional(Type.String()),
  zone: Type.Optional(Type.String()),
  hints: Type.Optional(anyObject()),
})

const port = Type.Object({
  name: Type.Optional(
    Type.String({ description: 'That of the service; empty for a service with one port.' }),
  ),
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'Absent: no restriction.' })),
  appProtocol: Type.Optional(Type.String()),
})

export const endpointSliceSchema = resourceSchema(
  'discovery.k8s.io/v1',
  'EndpointSlice',
  {
    addressType: choice(['IPv4', 'IPv6', 'FQDN']),
    endpoints: Type.Optional(list(endpoint, { maxItems: 1000 })),
    ports: Type.Optional(list(port, { maxItems: 100 })),
  },
  'Addresses behind a service; its label kubernetes.io/service-name says which.',
)

export type EndpointSlice = Static<typeof endpointSliceSchema>
