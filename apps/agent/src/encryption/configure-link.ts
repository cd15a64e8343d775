/** What the link of a device has to be, besides being there: up, with its MTU, its address, and the settings that its packets need. */
import type { Link } from '@margay/netlink'
import { desiredAddress } from './routing-plan.ts'
import type { TunnelKernel } from './tunnel-kernel.ts'
import type { DesiredTunnel } from './tunnel-model.ts'
import { mtuOf } from './tunnel-mtu.ts'

type LinkKernel = Pick<
  TunnelKernel,
  'mtuAt' | 'changeLink' | 'writeSysctl' | 'addressesOf' | 'addAddress' | 'deleteAddress'
>

/** @throws NetlinkError, SysctlError */
export function configureLink(kernel: LinkKernel, link: Link, desired: DesiredTunnel): void {
  const mtu = mtuOf(desired, (address) => kernel.mtuAt(address, link.index))
  if (link.mtu !== mtu || !link.isUp) kernel.changeLink(link.index, { mtu, isUp: true })
  checkSourcesLoosely(kernel, link, desired)
  const wanted = desiredAddress(desired)
  const there = kernel.addressesOf(link.index, desired.version)
  for (const address of there) if (address !== wanted) kernel.deleteAddress(link.index, address)
  if (wanted !== undefined && !there.includes(wanted)) kernel.addAddress(link.index, wanted)
}

/** The kernel's check in the other direction asks as if the node itself sent, which need not be through the tunnel. */
function checkSourcesLoosely(
  kernel: LinkKernel,
  { name }: Link,
  { version, carriesHost }: DesiredTunnel,
): void {
  if (version !== 4) return
  kernel.writeSysctl(`net/ipv4/conf/${name}/rp_filter`, '2')
  if (carriesHost) kernel.writeSysctl('net/ipv4/conf/all/src_valid_mark', '1')
}
