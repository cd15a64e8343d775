/** How large packets may be that go into a tunnel. Pure. */
import { formatIp } from '@margay/netset'
import type { DesiredTunnel } from './tunnel-model.ts'

/** What WireGuard, UDP and IP put in front, rounded up as others do it. Source: spec/dataplane.md 6.1. */
const overhead = { 4: 60, 6: 80 } as const
const usualMtu = 1500
/** Less is none of IPv6. */
const leastMtu = 1280

/** In bytes: as given, or from that of the link with the node's address, which `mtuAt` tells. */
export function mtuOf(
  { version, device, ownAddress }: DesiredTunnel,
  mtuAt: (address: string) => number | undefined,
): number {
  if (device.mtu !== 0) return device.mtu
  const below = ownAddress === undefined ? undefined : mtuAt(formatIp(ownAddress))
  return Math.max((below ?? usualMtu) - overhead[version], version === 6 ? leastMtu : 576)
}
