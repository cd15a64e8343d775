/** Source: Kubernetes API, discovery.k8s.io/v1 EndpointSlice. */
import { anyObject, choice, list, openObject, type Static, stringMap, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const endpoint = Type.Object({
  addresses: list(Type.String(), { minItems: 1, maxItems: 100, description: 'All of one endpoint.' }),
  conditions: Type.Optional(
    Type.Object(
      {
        ready: Type.Optional(Type.Boolean({ description: 'Whether it may get packets; absent means yes.' })),
        serving: Type.Optional(Type.Boolean({ description: 'As ready, also while it ends.' })),
        terminating: Type.Optional(Type.Boolean({ description: 'Whether it ends.' })),
      },
      { description: 'The state of the endpoint.' },
    ),
  ),
  hostname: Type.Optional(Type.String({ description: 'Its name of DNS.' })),
  targetRef: Type.Optional(
    openObject(
      {
        kind: Type.Optional(Type.String({ description: 'Its kind.' })),
        namespace: Type.Optional(Type.String({ description: 'Its namespace.' })),
        name: Type.Optional(Type.String({ description: 'Its name.' })),
        uid: Type.Optional(Type.String({ description: 'Tells objects of one name apart.' })),
      },
      { description: 'The object behind it, mostly a pod.' },
    ),
  ),
  deprecatedTopology: Type.Optional(stringMap({ description: 'Where it is, as told before v1.' })),
  nodeName: Type.Optional(Type.String({ description: 'The node that it is on.' })),
  zone: Type.Optional(Type.String({ description: 'The zone that it is in.' })),
  hints: Type.Optional(anyObject({ description: 'Who should prefer it.' })),
})

const port = Type.Object({
  name: Type.Optional(
    Type.String({ description: 'That of the service; empty for a service with one port.' }),
  ),
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' })),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'Absent: no restriction.' })),
  appProtocol: Type.Optional(
    Type.String({ description: 'What is spoken, for those who look into packets.' }),
  ),
})

export const endpointSliceSchema = resourceSchema(
  'discovery.k8s.io/v1',
  'EndpointSlice',
  {
    addressType: choice(['IPv4', 'IPv6', 'FQDN'], { description: 'What its addresses are.' }),
    endpoints: Type.Optional(list(endpoint, { maxItems: 1000, description: 'The addresses.' })),
    ports: Type.Optional(list(port, { maxItems: 100, description: 'The ports of every one of them.' })),
  },
  'Addresses behind a service; its label kubernetes.io/service-name says which.',
)

export type EndpointSlice = Static<typeof endpointSliceSchema>
