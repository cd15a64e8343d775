/** From host endpoints to what policy selects, and from the profiles that they name to rules. Source: spec/api.md 1.5, 1.6, 5.2, 5.3. */
import { parseIp } from '@margay/netset'
import {
  type HostEndpoint as HostEndpointResource,
  namespaceProfileLabels,
  serviceAccountProfileLabels,
} from '@margay/resources'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { protocolNumber } from '../model/protocol.ts'
import { inheritLabels } from './inherit-labels.ts'
import type { Inheritance } from './inheritance.ts'

/** Its labels are whatever it says: who may write host endpoints may pose as anybody (spec 3.4). */
export function lowerHostEndpoint(resource: HostEndpointResource, from: Inheritance): HostEndpoint {
  const { node = '', interfaceName = '', expectedIPs = [], profiles = [], ports = [] } = resource.spec ?? {}
  return {
    key: resource.metadata.name,
    node,
    labels: inheritLabels(
      resource.metadata.labels ?? {},
      profiles.map((name) => labelsGivenBy(name, from)),
    ),
    interfaceName: interfaceName === '' ? undefined : interfaceName,
    expectedAddresses: expectedIPs.map(parseIp).filter((ip) => ip !== undefined),
    profiles,
    ports: ports.map(({ name, protocol, port }) => ({ name, protocol: protocolNumber(protocol) ?? 0, port })),
  }
}

function labelsGivenBy(profile: string, from: Inheritance): Readonly<Record<string, string>> {
  const namespace = from.namespaces.get(afterPrefix(profile, 'kns.'))
  if (namespace !== undefined) return namespaceProfileLabels(namespace)
  const account = from.serviceAccounts.get(serviceAccountKey(profile))
  if (account !== undefined) return serviceAccountProfileLabels(account)
  return from.profiles.get(profile)?.spec?.labelsToApply ?? {}
}

/** What follows the prefix; a text that is no name where there is none. */
export function afterPrefix(profile: string, prefix: string): string {
  return profile.startsWith(prefix) ? profile.slice(prefix.length) : ''
}

/** `ksa.NAMESPACE.NAME`, split at the first two dots, as `namespace/name`. */
export function serviceAccountKey(profile: string): string {
  return afterPrefix(profile, 'ksa.').replace('.', '/')
}
