/** Sets of packets as a person reads them, and as a script does. */
import { formatPortRange, type IpVersion, type PortRange } from '@margay/netset'
import { hasPorts, protocolName, protocols } from '../model/protocol.ts'
import { everyPair, type Region, regionKey, type Slab } from './region.ts'
import type { ProtocolSlice, Traffic, Traffics } from './traffic.ts'

/** Packets of one protocol, or of some that are alike. A field that is absent says: whatever there is. */
export interface TrafficPart {
  /** A name or a number, or `7-16` for several. */
  readonly protocol: string
  /** As `80` or `8000:8999`. */
  readonly ports?: readonly string[]
  readonly sourcePorts?: readonly string[]
  /** As `8` for all of a type, or `3/4` with a code. */
  readonly messages?: readonly string[]
}

/** Exact: the union of all parts. `{protocol: 0-255}` is everything. */
export function trafficParts({ slices }: Traffic, version: IpVersion): TrafficPart[] {
  return slices.flatMap((slice) => namedSlices(slice).flatMap((it) => partsOf(it, version)))
}

/** `TCP 80, 443; UDP 53`, or what is left out where that is shorter: `everything but TCP 25`. */
export function formatTraffic(traffic: Traffic, version: IpVersion, traffics: Traffics): string {
  if (traffic.isEmpty) return 'nothing'
  if (traffic === traffics.all) return 'everything'
  const text = textOf(traffic, version)
  const left = trafficParts(traffics.subtract(traffics.all, traffic), version)
  const rest = `everything but ${left.map(partText).join(' and ')}`
  return rest.length < text.length ? rest : text
}

function textOf(traffic: Traffic, version: IpVersion): string {
  return trafficParts(traffic, version).map(partText).join('; ')
}

function partText({ protocol, ports, sourcePorts, messages }: TrafficPart): string {
  const name =
    protocol === String(protocols.ipip) ? 'IPIP' : /^\d/.test(protocol) ? `protocol ${protocol}` : protocol
  const to = ports ?? messages ?? []
  const from = sourcePorts === undefined ? '' : ` from port ${sourcePorts.join(', ')}`
  return `${name}${to.length === 0 ? '' : ` ${to.join(', ')}`}${from}`
}

/** Those with a name of their own stand by themselves, unless all are alike. */
function namedSlices(slice: ProtocolSlice): ProtocolSlice[] {
  if (slice.min === 0 && slice.max === 255) return [slice]
  const cuts = new Set([slice.min, ...namedIn(slice).flatMap((it) => [it, it + 1])])
  const starts = [...cuts].filter((it) => it <= slice.max).sort((one, other) => one - other)
  return starts.map((min, i) => ({ ...slice, min, max: (starts[i + 1] ?? slice.max + 1) - 1 }))
}

function namedIn({ min, max }: ProtocolSlice): number[] {
  const { ipip: _, ...named } = protocols
  return Object.values(named).filter((it) => min <= it && it <= max)
}

function partsOf({ min, max, region }: ProtocolSlice, version: IpVersion): TrafficPart[] {
  const protocol = min === max ? protocolName(min) : `${min}-${max}`
  if (min !== max || regionKey(region) === regionKey(everyPair)) return [{ protocol }]
  if (min === (version === 4 ? protocols.icmp : protocols.icmpv6))
    return [{ protocol, messages: region.flatMap(messagesOf) }]
  return hasPorts(min) ? portParts(protocol, region) : [{ protocol }]
}

function portParts(protocol: string, region: Region): TrafficPart[] {
  return region.map(({ first, second }) => ({
    protocol,
    ...(isEvery(second[0]) ? {} : { ports: second.map(formatPortRange) }),
    ...(isEvery(first) ? {} : { sourcePorts: [formatPortRange(first)] }),
  }))
}

/** A range of messages: its numbers are type × 256 + code. */
function messagesOf({ first: { min, max } }: Slab): string[] {
  const texts: string[] = []
  for (let type = min >> 8; type <= max >> 8; type++) {
    const [from, to] = [Math.max(min, type * 256), Math.min(max, type * 256 + 255)]
    const [low, high] = [from & 255, to & 255]
    if (low === 0 && high === 255) texts.push(String(type))
    else texts.push(`${type}/${low === high ? low : `${low}-${high}`}`)
  }
  return shortened(texts)
}

/** Whole types that follow each other, as one range. */
function shortened(texts: readonly string[]): string[] {
  const [first, last] = [texts[0] ?? '', texts.at(-1) ?? '']
  const areWhole = texts.length > 2 && texts.every((it) => !it.includes('/'))
  return areWhole ? [`${first}-${last}`] : [...texts]
}

function isEvery(range: PortRange | undefined): boolean {
  return range?.min === 0 && range.max === 65_535
}
