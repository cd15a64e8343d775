/** By what the guard knows packets, and the sets that it asks. */
import type { Expression, NftRule, SetContent } from '@margay/netlink/nftables'
import { type Cidr, hostCidr, type IpVersion, lastAddress, mergeCidrs } from '@margay/netset'
import { type FailsafePort, protocols } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { addressType } from '../emit/class-maps.ts'
import {
  accept,
  equals,
  family,
  ipAddress,
  isIn,
  portEquals,
  protocol,
  rule,
  transport,
} from '../emit/expressions.ts'
import type { Guarded, GuardedTunnel } from './guard-options.ts'

/** RFC 4861: types 133 to 137. */
export const isNeighbourDiscovery: readonly Expression[] = [
  ...protocol(protocols.icmpv6),
  { type: 'payload', base: 'transport', offset: 0, length: 1, to: 0 },
  { type: 'range', operator: '==', from: 0, first: Uint8Array.of(133), last: Uint8Array.of(137) },
]

/** At which byte of the transport header a port stands. */
const portOffset = { source: 0, destination: 2 } as const

/** Port 0 means all. Nets of far sides are not looked at: this is about finding a node again. */
export function isFailsafe(
  { protocol: number, port }: FailsafePort,
  side: 'source' | 'destination',
): Expression[] {
  return [...protocol(number), ...(port === 0 ? [] : [transport(portOffset[side]), portEquals(port)])]
}

/** Requests to a TCP port of a node, and answers from it; `side` is that of the other node. */
export function ofApi(
  side: 'saddr' | 'daddr',
  tunnels: readonly GuardedTunnel[],
  ports: readonly number[],
): Expression[][] {
  return tunnels
    .filter(({ nodes }) => nodes.length > 0)
    .flatMap((tunnel) =>
      ports.flatMap((port) =>
        Object.values(portOffset).map((offset) => [
          ...isAmong('nodes', side, tunnel),
          ...protocol(protocols.tcp),
          transport(offset),
          portEquals(port),
        ]),
      ),
    )
}

export function isInterface(key: 'iifname' | 'oifname', name: string): Expression[] {
  return [{ type: 'meta', key, to: 0 }, equals(0, bytes.interfaceName(name))]
}

type SetKind = 'guarded' | 'exempt' | 'nodes'

export function isAmong(kind: SetKind, side: 'saddr' | 'daddr', { version }: GuardedTunnel): Expression[] {
  return [...family(version), ipAddress(side, version, 0), isIn(setName(kind, version), 0)]
}

export function exemptRules(tunnel: Guarded): NftRule[] {
  if (tunnel.exempt.length === 0) return []
  return (['saddr', 'daddr'] as const).map((side) => rule(isAmong('exempt', side, tunnel), accept))
}

export function setsOf({ version, guarded, exempt }: Guarded): SetContent[] {
  const exempted = exempt.length === 0 ? [] : [setOf('exempt', version, exempt)]
  return [setOf('guarded', version, guarded), ...exempted]
}

/** Empty where there is none of that version. */
export function nodesSets({ version, nodes }: GuardedTunnel): SetContent[] {
  return nodes.length === 0 ? [] : [setOf('nodes', version, nodes.map(hostCidr))]
}

function setOf(kind: SetKind, version: IpVersion, cidrs: readonly Cidr[]): SetContent {
  return {
    set: { name: setName(kind, version), key: [addressType(version)], interval: true },
    elements: mergeCidrs(cidrs).map((cidr) => ({
      key: bytes.address({ version, value: cidr.base }),
      keyEnd: bytes.address({ version, value: lastAddress(cidr) }),
    })),
  }
}

function setName(kind: SetKind, version: IpVersion): string {
  return `${kind}-${version}`
}

/** Sets it, and leaves all other bits of the mark. */
export function setBit(bit: number): Expression[] {
  return [
    { type: 'meta', key: 'mark', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(~bit >>> 0), xor: bytes.hostInt(bit) },
    { type: 'set-meta', key: 'mark', from: 0 },
  ]
}
