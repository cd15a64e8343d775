import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkNetworkSet, networkSetColumns } from '../network-set/check-network-set.ts'
import { type GlobalNetworkSet, globalNetworkSetSchema } from './schema.ts'

export const globalNetworkSetKind = defineKind<GlobalNetworkSet>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkSet',
  plural: 'globalnetworksets',
  shortNames: ['gns'],
  namespaced: false,
  schema: globalNetworkSetSchema,
  nameFormat: subdomainName,
  validate: checkNetworkSet,
  printerColumns: networkSetColumns,
})
