/** Source: spec/api.md 1.5. */
import { intOrString, list, type Static, setOf, Type } from '../../schema/build.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const endpointPort = Type.Object({
  name: Type.String({ description: 'What the `ports` of a rule may name.' }),
  protocol: intOrString({ description: 'TCP, UDP or SCTP, or its number.' }),
  port: Type.Integer({ minimum: 1, maximum: 65535, description: 'The number.' }),
})

const spec = Type.Object(
  {
    node: Type.Optional(
      Type.String({ maxLength: 253, description: 'The node that it is on; always needed.' }),
    ),
    interfaceName: Type.Optional(
      Type.String({
        description: '`*` for all of the host; absent: the interface with an expected address.',
      }),
    ),
    expectedIPs: Type.Optional(
      setOf(Type.String(), { description: 'What selectors of rules take for its addresses.' }),
    ),
    profiles: Type.Optional(
      setOf(Type.String(), { description: 'Asked in this order, after all policies.' }),
    ),
    ports: Type.Optional(list(endpointPort, { description: 'Ports with names.' })),
  },
  { default: {} },
)

export const hostEndpointSchema = resourceSchema(
  'projectcalico.org/v3',
  'HostEndpoint',
  { spec: Type.Optional(spec) },
  'A network interface of a node, or all of them, that policies can select.',
)

export type HostEndpoint = Static<typeof hostEndpointSchema>
export type HostEndpointPort = Static<typeof endpointPort>
