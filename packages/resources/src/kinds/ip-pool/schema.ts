/** Source: spec/api.md 1.7; `encryption` is Margay's own. */
import { choice, type Static, setOf, Type } from '../../schema/build.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { maxSelectorLength, selectorField } from '../rule/schema.ts'

const encapsulation = (description: string) =>
  Type.Optional(choice(['Never', 'Always', 'CrossSubnet'], { default: 'Never', description }))

const flag = (description: string) => Type.Optional(Type.Boolean({ description }))

const spec = Type.Object({
  cidr: Type.String({ maxLength: 48, description: 'Its addresses; can not be changed.' }),
  vxlanMode: encapsulation('When packets between nodes go through VXLAN.'),
  ipipMode: encapsulation('When packets between nodes go through IP in IP; IPv4 only.'),
  natOutgoing: flag('Packets that leave the pools take the address of the node.'),
  disabled: flag('No new addresses are given out.'),
  disableBGPExport: flag('Its routes are not told to others.'),
  blockSize: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 128,
      description:
        'Prefix length of the blocks that nodes take; by default 26, or 122 for IPv6. Can not be changed.',
    }),
  ),
  nodeSelector: Type.Optional(
    Type.String({ maxLength: maxSelectorLength, default: 'all()', description: 'Nodes that may use it.' }),
  ),
  namespaceSelector: selectorField('Namespaces whose pods may use it; absent means all.'),
  allowedUses: Type.Optional(
    setOf(choice(['Workload', 'Tunnel', 'LoadBalancer']), {
      maxItems: 10,
      description: 'Absent means Workload and Tunnel.',
    }),
  ),
  assignmentMode: Type.Optional(
    choice(['Automatic', 'Manual'], {
      default: 'Automatic',
      description: 'Manual: only where its addresses were asked for.',
    }),
  ),
  encryption: Type.Optional(
    choice(['Enabled', 'Disabled'], {
      default: 'Enabled',
      description: 'Disabled: packets from and to its addresses are not encrypted, whatever nodes could do.',
    }),
  ),
})

export const ipPoolSchema = resourceSchema(
  'projectcalico.org/v3',
  'IPPool',
  { spec, status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })) },
  'Addresses for pods, tunnels or services.',
)

export type IpPool = Static<typeof ipPoolSchema>
