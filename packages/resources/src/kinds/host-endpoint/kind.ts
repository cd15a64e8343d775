import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { normalizeProtocol } from '../rule/protocol.ts'
import { checkHostEndpoint } from './check-host-endpoint.ts'
import { type HostEndpoint, hostEndpointSchema } from './schema.ts'

export const hostEndpointKind = defineKind<HostEndpoint>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  plural: 'hostendpoints',
  shortNames: ['hep', 'heps'],
  namespaced: false,
  schema: hostEndpointSchema,
  nameFormat: subdomainName,
  validate: checkHostEndpoint,
  applyDefaults: applyHostEndpointDefaults,
  printerColumns: [
    { name: 'Node', description: 'The node that it is on.', value: ({ spec }) => spec?.node },
    {
      name: 'Interface',
      description: 'The interface; * for all of the host.',
      value: ({ spec }) => spec?.interfaceName,
    },
    {
      name: 'IPs',
      description: 'Its expected addresses.',
      wide: true,
      value: ({ spec }) => spec?.expectedIPs?.join(','),
    },
    {
      name: 'Profiles',
      description: 'Asked after all policies.',
      wide: true,
      value: ({ spec }) => spec?.profiles?.join(','),
    },
  ],
})

/** As in rules, a string of digits means the number. */
function applyHostEndpointDefaults({ spec }: HostEndpoint): void {
  for (const port of spec?.ports ?? []) port.protocol = normalizeProtocol(port.protocol)
}
