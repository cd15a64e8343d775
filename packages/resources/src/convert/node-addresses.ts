/** By which addresses a node is known to other nodes. */
import { type Ip, parseIp } from '@margay/netset'
import type { Node } from '../kinds/node/schema.ts'
import { ipv4AddressAnnotation, ipv6AddressAnnotation } from '../kinds/node/wireguard.ts'

const annotations = [ipv4AddressAnnotation, ipv6AddressAnnotation]

/** Names of hosts are among a node's addresses too, and left out. */
export function nodeAddresses({ metadata, status }: Node): Ip[] {
  const annotated = annotations.map((name) => metadata.annotations?.[name]?.split('/')[0] ?? '')
  const reported = (status?.addresses ?? []).map(({ address }) => address)
  return [...reported, ...annotated].map((text) => parseIp(text)).filter((ip) => ip !== undefined)
}
