import type { Ip } from '@margay/netset'
import type { NamedPort } from './endpoint.ts'

/** For all interfaces of a node that no other host endpoint governs. */
export const everyInterface = '*'

/** A node's own network interface, or all of them, as policy sees it. Source: spec/api.md 1.5, spec/dataplane.md 1.10. */
export interface HostEndpoint {
  /** Its name; identifies it within a state. */
  readonly key: string
  readonly node: string
  /** Its own, then those that its profiles give. */
  readonly labels: ReadonlyMap<string, string>
  /** `*` for all of the node; undefined: the interfaces that have one of the expected addresses. */
  readonly interfaceName: string | undefined
  /** Where rules that select it as a peer look for it. */
  readonly expectedAddresses: readonly Ip[]
  /** Names of profiles, in the order in which they are asked when no tier decided; see `PolicyState.profilesOf`. */
  readonly profiles: readonly string[]
  readonly ports: readonly NamedPort[]
}
