/**
 * What a pod's annotations say about its traffic: limits, and whose addresses it may send from. What can't be read is
 * reported and left out, value by value. Source: spec/dataplane.md 3 and 9.2.
 */
import { type Cidr, parseCidrOrIp } from '@margay/netset'
import type {
  Bandwidth,
  DirectionLimits,
  EndpointLimits,
  PacketRate,
  PeakRate,
} from '../model/endpoint-limits.ts'
import { parseQuantity } from './parse-quantity.ts'

export type Annotations = Readonly<Record<string, string>>
type Report = (message: string) => void

const sourcesAnnotation = 'cni.projectcalico.org/allowedSourcePrefixes'
const prefix = 'qos.projectcalico.org/'

const noPrefixes: readonly Cidr[] = []

/** A JSON list of CIDRs or addresses. */
export function allowedSourcePrefixes(annotations: Annotations, report: Report): readonly Cidr[] {
  const text = annotations[sourcesAnnotation] ?? ''
  if (text === '') return noPrefixes
  return parseList(text, report).flatMap((entry) => {
    const cidr = typeof entry === 'string' ? parseCidrOrIp(entry) : undefined
    if (cidr === undefined) report(`${sourcesAnnotation}: ${JSON.stringify(entry)} is not a network`)
    return cidr === undefined ? [] : [cidr]
  })
}

function parseList(text: string, report: Report): readonly unknown[] {
  const list = parseJson(text)
  if (Array.isArray(list)) return list
  report(`${sourcesAnnotation}: must be a list, such as ["10.0.0.0/8"], but is ${JSON.stringify(text)}`)
  return []
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined for a pod without limits, as nearly all are. */
export function endpointLimits(annotations: Annotations, report: Report): EndpointLimits | undefined {
  const limits = {
    ingress: directionLimits('ingress', annotations, report),
    egress: directionLimits('egress', annotations, report),
  }
  const isLimited = [limits.ingress, limits.egress].some((it) =>
    [it.packetRate, it.maxConnections, it.bandwidth].some((limit) => limit !== undefined),
  )
  return isLimited ? limits : undefined
}

function directionLimits(
  direction: 'ingress' | 'egress',
  annotations: Annotations,
  report: Report,
): DirectionLimits {
  const read = (name: string, min: number, max: number) =>
    quantity(annotations, `${prefix}${direction}${name}`, { min, max, report })
  return {
    packetRate: packetRate(read),
    maxConnections: read('MaxConnections', 1, 4_294_967_295),
    bandwidth: bandwidth(read, () => pluginBandwidth(direction, annotations, report)),
  }
}

type Read = (name: string, min: number, max: number) => number | undefined

/** A burst without a rate has no effect. */
function packetRate(read: Read): PacketRate | undefined {
  const packetsPerSecond = read('PacketRate', 1, 10_000)
  const burst = read('PacketBurst', 1, 10_000) ?? 5
  return packetsPerSecond === undefined ? undefined : { packetsPerSecond, burst }
}

const [minRate, maxRate] = [1e3, 1e15]
const defaultBurstBits = 4 * 2 ** 30

function bandwidth(read: Read, pluginRate: () => number | undefined): Bandwidth | undefined {
  const bitsPerSecond = read('Bandwidth', minRate, maxRate) ?? pluginRate()
  const burstBits = read('Burst', 1e3, 34_359_738_360) ?? defaultBurstBits
  if (bitsPerSecond === undefined) return undefined
  return { bitsPerSecond, burstBits, peak: peakRate(read, bitsPerSecond) }
}

function peakRate(read: Read, bitsPerSecond: number): PeakRate | undefined {
  const peak = read('Peakrate', Math.max(1.01 * minRate, bitsPerSecond + 1), 1.01 * maxRate)
  const minBurstBytes = read('Minburst', 1e3, 1e8)
  return peak === undefined ? undefined : { bitsPerSecond: peak, minBurstBytes }
}

/** What the bandwidth plugin of other networks reads. */
function pluginBandwidth(
  direction: 'ingress' | 'egress',
  annotations: Annotations,
  report: Report,
): number | undefined {
  return quantity(annotations, `kubernetes.io/${direction}-bandwidth`, { min: minRate, max: maxRate, report })
}

interface Range {
  readonly min: number
  readonly max: number
  readonly report: Report
}

function quantity(annotations: Annotations, key: string, { min, max, report }: Range): number | undefined {
  const text = annotations[key] ?? ''
  if (text === '') return undefined
  const number = parseQuantity(text)
  if (number !== undefined && min <= number && number <= max) return number
  report(`${key}: must be a number from ${min} to ${max}, but is ${JSON.stringify(text)}`)
  return undefined
}
