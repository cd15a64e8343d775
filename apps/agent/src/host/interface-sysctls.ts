/**
 * Settings of a pod's interface on the node's side. Source: dataplane specification, section 3.
 *
 * The gateway that a pod knows, 169.254.1.1 or a link-local address, is no address of the node: proxy ARP answers for it.
 */
import type { DesiredSysctl } from './host-model.ts'

export interface InterfaceNeeds {
  readonly interfaceName: string
  readonly hasIpv4: boolean
  readonly hasIpv6: boolean
  /** Strictness of the reverse path check: `0`, `1` or `2`, see ip-sysctl of the kernel. */
  readonly rpFilter: string
}

export function interfaceSysctls(needs: InterfaceNeeds): DesiredSysctl[] {
  const { interfaceName, hasIpv4, hasIpv6, rpFilter } = needs
  return [
    ...(hasIpv4 ? ipv4Sysctls(interfaceName, rpFilter) : []),
    ...(hasIpv6 ? ipv6Sysctls(interfaceName) : []),
    // A pod must not become the node's router by an advertisement, whether it has an IPv6 address or not.
    { ...exactly(`net/ipv6/conf/${interfaceName}/accept_ra`, '0'), isOptional: !hasIpv6 },
  ]
}

function ipv4Sysctls(name: string, rpFilter: string): DesiredSysctl[] {
  const conf = `net/ipv4/conf/${name}`
  return [
    // Lets DNAT to a local 127.0.0.0/8 listener work for what comes from the pod.
    exactly(`${conf}/route_localnet`, '1'),
    // The first packet of a pod would wait up to 0.8 s for an answer that is known at once.
    exactly(`net/ipv4/neigh/${name}/proxy_delay`, '0'),
    exactly(`${conf}/proxy_arp`, '1'),
    exactly(`${conf}/forwarding`, '1'),
    exactly(`${conf}/rp_filter`, rpFilter),
  ]
}

function ipv6Sysctls(name: string): DesiredSysctl[] {
  const conf = `net/ipv6/conf/${name}`
  return [exactly(`${conf}/proxy_ndp`, '1'), exactly(`${conf}/forwarding`, '1')]
}

function exactly(path: string, value: string): DesiredSysctl {
  return { path, value, bound: 'Exactly', isOptional: false }
}
