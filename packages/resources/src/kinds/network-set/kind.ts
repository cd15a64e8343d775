import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkNetworkSet, networkSetColumns } from './check-network-set.ts'
import { type NetworkSet, networkSetSchema } from './schema.ts'

export const networkSetKind = defineKind<NetworkSet>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkSet',
  plural: 'networksets',
  shortNames: ['netset', 'netsets'],
  namespaced: true,
  schema: networkSetSchema,
  nameFormat: subdomainName,
  validate: checkNetworkSet,
  printerColumns: networkSetColumns,
})
