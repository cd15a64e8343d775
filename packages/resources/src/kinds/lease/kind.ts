import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type Lease, leaseSchema } from './schema.ts'

export const leaseKind = defineKind<Lease>({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: leaseSchema,
  nameFormat: subdomainName,
  printerColumns: [
    { name: 'Holder', description: 'Who holds it.', value: ({ spec }) => spec?.holderIdentity },
    {
      name: 'Renewed',
      type: 'date',
      description: 'Time since its holder was last heard of.',
      wide: true,
      value: ({ spec }) => spec?.renewTime,
    },
  ],
})
