import { formatCidr, isMaskedCidr, parseCidr } from '@margay/netset'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { defaultBlockSize } from './block-size.ts'
import { checkIpPool } from './check-ip-pool.ts'
import { type IpPool, ipPoolSchema } from './schema.ts'

export const ipPoolKind = defineKind<IpPool>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  plural: 'ippools',
  shortNames: ['ipp', 'ipps', 'pool', 'pools'],
  namespaced: false,
  hasStatus: true,
  schema: ipPoolSchema,
  nameFormat: subdomainName,
  validate: checkIpPool,
  // Whoever holds an address, or a block of them, relies on both.
  immutableFields: ['spec.cidr', 'spec.blockSize'],
  applyDefaults: applyIpPoolDefaults,
  printerColumns: [
    { name: 'CIDR', description: 'Its addresses.', value: ({ spec }) => spec.cidr },
    {
      name: 'NAT',
      description: 'Whether packets that leave take the address of the node.',
      value: ({ spec }) => `${spec.natOutgoing ?? false}`,
    },
    { name: 'IPIP', description: 'When packets go through IP in IP.', value: ({ spec }) => spec.ipipMode },
    { name: 'VXLAN', description: 'When packets go through VXLAN.', value: ({ spec }) => spec.vxlanMode },
    {
      name: 'Disabled',
      description: 'Whether it gives out no addresses.',
      value: ({ spec }) => `${spec.disabled ?? false}`,
    },
    {
      name: 'Allocatable',
      description: 'Whether it gives out addresses.',
      value: ({ status }) => status?.conditions?.find(({ type }) => type === 'Allocatable')?.status,
    },
    {
      name: 'Block-Size',
      type: 'integer',
      description: 'Prefix length of its blocks.',
      wide: true,
      value: ({ spec }) => spec.blockSize,
    },
    {
      name: 'Encryption',
      description: 'Whether packets from and to its addresses are encrypted where nodes can.',
      wide: true,
      value: ({ spec }) => spec.encryption,
    },
    {
      name: 'Node-Selector',
      description: 'The nodes that may use it.',
      wide: true,
      value: ({ spec }) => spec.nodeSelector,
    },
  ],
})

/** One spelling for every pool, so that two can be compared; and the block size that its IP version has by default. */
function applyIpPoolDefaults({ spec }: IpPool): void {
  const cidr = parseCidr(spec.cidr)
  if (cidr === undefined) return
  if (isMaskedCidr(spec.cidr)) spec.cidr = formatCidr(cidr)
  if ((spec.blockSize ?? 0) === 0) spec.blockSize = defaultBlockSize(cidr.version)
  if (spec.nodeSelector === '') spec.nodeSelector = 'all()'
}
