import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type ServiceAccount, serviceAccountSchema } from './schema.ts'

export const serviceAccountKind = defineKind<ServiceAccount>({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: serviceAccountSchema,
  nameFormat: subdomainName,
  printerColumns: [
    {
      name: 'Secrets',
      type: 'integer',
      description: 'How many it may use.',
      value: ({ secrets }) => secrets?.length ?? 0,
    },
  ],
})
