/** What networking needs of a Service; the rest is kept as it is. Source: Kubernetes API, core/v1 Service. */
import {
  choice,
  intOrString,
  list,
  listMap,
  openObject,
  type Static,
  stringMap,
  Type,
} from '../../schema/build.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const servicePort = openObject({
  name: Type.Optional(Type.String({ description: 'Needed where there is more than one port.' })),
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' })),
  port: Type.Integer({ minimum: 1, maximum: 65535, description: 'The number.' }),
  targetPort: Type.Optional(
    intOrString({ description: 'Of the pods, a number or a name; by default `port`.' }),
  ),
  nodePort: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: 'Where every node takes packets for it; 0 for nowhere.',
    }),
  ),
  appProtocol: Type.Optional(
    Type.String({ description: 'What is spoken, for those who look into packets.' }),
  ),
})

export const serviceSchema = resourceSchema(
  'v1',
  'Service',
  {
    spec: Type.Optional(
      openObject(
        {
          type: Type.Optional(
            choice(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], {
              default: 'ClusterIP',
              description: 'How it is reached.',
            }),
          ),
          selector: Type.Optional(
            stringMap({ 'x-kubernetes-map-type': 'atomic', description: 'Labels of its pods.' }),
          ),
          ports: Type.Optional(listMap(servicePort, ['port', 'protocol'], { description: 'Its ports.' })),
          clusterIP: Type.Optional(
            Type.String({ description: 'An address, or None for a headless service.' }),
          ),
          clusterIPs: Type.Optional(
            list(Type.String(), { maxItems: 2, description: 'Its addresses, for both IP versions.' }),
          ),
          ipFamilies: Type.Optional(
            list(choice(['IPv4', 'IPv6']), { maxItems: 2, description: 'Its IP versions.' }),
          ),
          externalIPs: Type.Optional(
            list(Type.String(), { description: 'Addresses outside of the cluster.' }),
          ),
          externalName: Type.Optional(Type.String({ description: 'A name of DNS that stands for it.' })),
          sessionAffinity: Type.Optional(
            choice(['None', 'ClientIP'], {
              default: 'None',
              description: 'Whether a client stays with one pod.',
            }),
          ),
        },
        { default: {} },
      ),
    ),
    status: Type.Optional(openObject({ conditions: Type.Optional(conditions()) })),
  },
  'A name and an address for a set of pods.',
)

export type Service = Static<typeof serviceSchema>
