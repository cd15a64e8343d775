/** FelixConfiguration and Installation, as far as they decide about packets; failsafe ports are those that packets of a test have. */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import type { Cast } from './cast.ts'
import { maybe, record, someOf } from './optional.ts'
import { portNumber } from './ports.ts'

export function configurations(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  const names = ['default', ...cast.nodes.map(({ name }) => `node.${name}`)]
  const north = settings.map((spec) => configuration('north', { ...spec, nodeSelector: "zone == 'north'" }))
  const named = names.map((name) => settings.map((spec) => configuration(name, spec)))
  return someOf([...named, north, installation], 40)
}

const installation = fc
  .tuple(fc.constantFrom('default', 'default', 'other'), fc.constantFrom('Enabled', 'Enabled', 'Disabled'))
  .map(
    ([name, wireguard]): ResourceObject => ({
      apiVersion: 'operator.tigera.io/v1',
      kind: 'Installation',
      metadata: { name },
      spec: { calicoNetwork: { wireguard } },
    }),
  )

function configuration(name: string, spec: object): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', metadata: { name }, spec }
}

const failsafePort = record({
  protocol: maybe(80, fc.constantFrom('TCP', 'UDP', 'SCTP')),
  port: fc.oneof({ weight: 9, arbitrary: portNumber }, { weight: 1, arbitrary: fc.constant(0) }),
  net: maybe(40, fc.constantFrom('203.0.113.0/24', '198.18.0.0/15', '2001:db8::/32', '10.65.0.0/16')),
})
const failsafePorts = fc.array(failsafePort, { maxLength: 3 })

/** Also of WireGuard over IPv4, by default. */
export const wireguardPort = 51820

const settings = record({
  defaultEndpointToHostAction: maybe(60, fc.constantFrom('Drop', 'Return', 'Accept', 'Accept')),
  failsafeInboundHostPorts: maybe(60, failsafePorts),
  failsafeOutboundHostPorts: maybe(60, failsafePorts),
  workloadSourceSpoofing: maybe(50, fc.constantFrom('Any', 'Disabled')),
  allowVXLANPacketsFromWorkloads: maybe(30, fc.boolean()),
  allowIPIPPacketsFromWorkloads: maybe(30, fc.boolean()),
  ipipEnabled: maybe(30, fc.boolean()),
  vxlanEnabled: maybe(30, fc.boolean()),
  wireguardEnabled: maybe(50, fc.boolean()),
  wireguardEnabledV6: maybe(50, fc.boolean()),
  wireguardListeningPortV6: maybe(50, fc.constant(wireguardPort)),
})
