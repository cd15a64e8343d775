import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { type Installation, installationSchema } from './schema.ts'

/** The one that counts: the operator looks at no other. */
export const installationName = 'default'

export const installationKind = defineKind<Installation>({
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  plural: 'installations',
  namespaced: false,
  hasStatus: true,
  schema: installationSchema,
  nameFormat: subdomainName,
  defaultName: installationName,
  printerColumns: [
    {
      name: 'WireGuard',
      description: 'Whether packets between nodes are encrypted.',
      value: ({ spec }) => spec?.calicoNetwork?.wireguard,
    },
  ],
})
