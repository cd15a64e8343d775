export type { Cidr } from './cidr.ts'
export {
  cidrContains,
  cidrCovers,
  formatCidr,
  hostCidr,
  isMaskedCidr,
  lastAddress,
  parseCidr,
  parseCidrOrIp,
} from './cidr.ts'
export { mergeCidrs, subtractCidrs } from './cidr-set.ts'
export type { Ip, IpVersion } from './ip.ts'
export { formatIp, parseIp } from './ip.ts'
export { nestedRanges, type OwnedCidr, type OwnedRange } from './nested-ranges.ts'
export type { PortRange } from './port-range.ts'
export {
  complementPorts,
  formatPortRange,
  intersectPorts,
  mergePorts,
  portsContain,
  subtractPorts,
} from './port-range.ts'
export type { PrefixMatch } from './prefix-tree.ts'
export { PrefixTree } from './prefix-tree.ts'
