/**
 * Addresses from which no list is pulled. The server stands where whoever writes a feed may not be: it must not be sent to itself, nor
 * to the services that clouds have at link-local addresses, which give out credentials.
 *
 * Source  RFC 6890; addresses of metadata services outside of link-local ones by the clouds' own documentation.
 */
import { BlockList, isIPv6 } from 'node:net'

const refused = new BlockList()
refused.addSubnet('0.0.0.0', 8)
refused.addSubnet('127.0.0.0', 8)
refused.addSubnet('169.254.0.0', 16)
refused.addSubnet('224.0.0.0', 3)
refused.addSubnet('::', 127, 'ipv6')
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addSubnet('ff00::', 8, 'ipv6')
// NAT64 and 6to4 lead to addresses of version 4, and to all of them.
refused.addSubnet('64:ff9b::', 96, 'ipv6')
refused.addSubnet('64:ff9b:1::', 48, 'ipv6')
refused.addSubnet('2002::', 16, 'ipv6')
refused.addAddress('100.100.100.200')
refused.addAddress('168.63.129.16')
refused.addAddress('fd00:ec2::254', 'ipv6')
refused.addAddress('fd20:ce::254', 'ipv6')

export function isRefusedAddress(address: string): boolean {
  return refused.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
