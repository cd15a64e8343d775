import type { Ip } from '@margay/netset'
import type { NamedPort } from '../model/endpoint.ts'

/** An endpoint, or a host endpoint with the addresses at which it is expected. */
export interface Located {
  readonly labels: ReadonlyMap<string, string>
  readonly addresses: readonly Ip[]
  readonly ports: readonly NamedPort[]
}
