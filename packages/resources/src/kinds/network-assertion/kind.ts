import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { normalizePort } from '../rule/port.ts'
import { normalizeProtocol } from '../rule/protocol.ts'
import { checkNetworkAssertion } from './check-network-assertion.ts'
import { formatSide, formatTraffic } from './format-assertion.ts'
import { holdsCondition } from './holds.ts'
import { type NetworkAssertion, networkAssertionSchema } from './schema.ts'

export const networkAssertionKind = defineKind<NetworkAssertion>({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  plural: 'networkassertions',
  shortNames: ['assertion', 'assertions'],
  namespaced: false,
  hasStatus: true,
  schema: networkAssertionSchema,
  nameFormat: subdomainName,
  validate: checkNetworkAssertion,
  applyDefaults: normalizeTraffic,
  printerColumns: [
    { name: 'Require', description: 'Never or always possible.', value: ({ spec }) => spec.require },
    { name: 'From', description: 'Who opens the connection.', value: ({ spec }) => formatSide(spec.from) },
    { name: 'To', description: 'To whom.', value: ({ spec }) => formatSide(spec.to) },
    {
      name: 'Ports',
      description: 'Which traffic, or which HTTP requests; * for all traffic.',
      value: ({ spec }) => formatTraffic(spec),
    },
    { name: 'Mode', description: 'Reported, or refused.', value: ({ spec }) => spec.mode },
    {
      name: 'Holds',
      description: 'Whether it does.',
      value: (assertion) => holdsCondition(assertion)?.status,
    },
    { name: 'Description', description: 'Why.', wide: true, value: ({ spec }) => spec.description },
  ],
})

/** One spelling, as rules of policies have it. */
function normalizeTraffic({ spec }: NetworkAssertion): void {
  for (const traffic of spec.ports ?? []) {
    traffic.protocol = normalizeProtocol(traffic.protocol)
    if (traffic.port !== undefined) traffic.port = normalizePort(traffic.port)
  }
}
