/** What plumbing needs to know of the endpoints of policy. */
import { formatIp } from '@margay/netset'
import type { Endpoint } from '@margay/policy'
import type { LocalEndpoint } from './desired-host.ts'

export function localEndpoint({ key, interfaceName, addresses }: Endpoint): LocalEndpoint {
  return { key, interfaceName, addresses: addresses.map(formatIp) }
}
