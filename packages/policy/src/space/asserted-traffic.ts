/** Which packets an assertion speaks of. */
import type { IpVersion, PortRange } from '@margay/netset'
import type { NetworkAssertion } from '@margay/resources'
import { protocolNumber, protocols } from '../model/protocol.ts'
import { everyNumber, everyPair, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'

/** ICMP is of one IP version each, as in rules that name it (spec I17). HTTP runs over TCP. */
export function askedTraffic(
  { ports, http }: Pick<NetworkAssertion['spec'], 'ports' | 'http'>,
  version: IpVersion,
  traffics: Traffics,
): Traffic {
  if (ports === undefined) return http === undefined ? traffics.all : traffics.ofProtocol(protocols.tcp)
  const foreign = version === 4 ? protocols.icmpv6 : protocols.icmp
  return ports.reduce((sum, { protocol, port }) => {
    const number = protocolNumber(protocol)
    if (number === undefined || number === foreign) return sum
    const region = port === undefined ? everyPair : rectangle(everyNumber, [rangeOf(port)])
    return traffics.unite(sum, traffics.ofProtocol(number, region))
  }, traffics.none)
}

/** A number, or `min:max`. */
function rangeOf(port: string | number): PortRange {
  const [min = 0, max = min] = String(port).split(':').map(Number)
  return { min, max }
}
