import type { FlowPeer } from '../model/flow.ts'
import type { AddressHolders } from './address-holders.ts'

const none: readonly string[] = []

/** The names of this side of a flow that count: none for what an endpoint or a host endpoint is, or whose address one of them has. */
export function namesOutside(
  { endpoint, address, names = none }: FlowPeer,
  holders: AddressHolders,
): readonly string[] {
  if (names.length === 0 || endpoint !== undefined || address === undefined) return none
  return holders.isOutside(address) ? names : none
}
