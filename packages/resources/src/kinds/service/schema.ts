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
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP' })),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  targetPort: Type.Optional(
    intOrString({ description: 'Of the pods, a number or a name; by default `port`.' }),
  ),
  nodePort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
  appProtocol: Type.Optional(Type.String()),
})

export const serviceSchema = resourceSchema(
  'v1',
  'Service',
  {
    spec: Type.Optional(
      openObject(
        {
          type: Type.Optional(
            choice(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], { default: 'ClusterIP' }),
          ),
          selector: Type.Optional(
            stringMap({ 'x-kubernetes-map-type': 'atomic', description: 'Labels of its pods.' }),
          ),
          ports: Type.Optional(listMap(servicePort, ['port', 'protocol'])),
          clusterIP: Type.Optional(
            Type.String({ description: 'An address, or None for a headless service.' }),
          ),
          clusterIPs: Type.Optional(list(Type.String(), { maxItems: 2 })),
          ipFamilies: Type.Optional(list(choice(['IPv4', 'IPv6']), { maxItems: 2 })),
          externalIPs: Type.Optional(list(Type.String())),
          externalName: Type.Optional(Type.String()),
          sessionAffinity: Type.Optional(choice(['None', 'ClientIP'], { default: 'None' })),
        },
        { default: {} },
      ),
    ),
    status: Type.Optional(openObject({ conditions: Type.Optional(conditions()) })),
  },
  'A name and an address for a set of pods.',
)

export type Service = Static<typeof serviceSchema>
