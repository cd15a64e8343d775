/**
 * How packets wait before a link sends them (tc(8)), as messages: token buckets, which hold a rate, and the entrance at which
 * what a link receives can be sent elsewhere. Source: include/uapi/linux/pkt_sched.h, net/sched/sch_tbf.c.
 */
import type { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import * as tc from './constants.ts'

/** Packets wait until there are tokens for their bytes. */
export interface TokenBucket {
  /** Tokens that come each second; 1 or more. */
  readonly bytesPerSecond: number
  /** Tokens that gather while nothing is sent, up to 2^32 - 1. Packets that are larger are dropped. */
  readonly burstBytes: number
  /** Bytes that may wait; more are dropped. */
  readonly limitBytes: number
  /** A second bucket, for how fast a burst may be sent. */
  readonly peak: { readonly bytesPerSecond: number; readonly burstBytes: number } | undefined
}

export interface Qdisc {
  /** Of the link. */
  readonly index: number
  /** Major number in the upper 16 bits. */
  readonly handle: number
  readonly parent: number
  /** For example `tbf`, `noqueue` or `ingress`. */
  readonly kind: string
  /** Of kind `tbf`. The kernel keeps bursts as times, so they are not told here. */
  readonly bucket:
    | (Pick<TokenBucket, 'bytesPerSecond' | 'limitBytes'> & {
        readonly peakBytesPerSecond: number | undefined
      })
    | undefined
}

/** `struct tcmsg`. */
const headerBytes = 20

export interface TrafficHeader {
  readonly index: number
  readonly handle?: number
  readonly parent: number
  readonly info?: number
}

export function trafficHeader({ index, handle = 0, parent, info = 0 }: TrafficHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes)
  const view = new DataView(bytes.buffer)
  view.setInt32(4, index, true)
  for (const [position, value] of [handle, parent, info].entries())
    view.setUint32(8 + position * 4, value, true)
  return bytes
}

/** @throws NetlinkDecodeError */
export function decodeQdisc(payload: Span): Qdisc {
  const attributes = payload.after(headerBytes).attributes()
  const kind = attributes.need(tc.TCA_KIND).string()
  const options = attributes.find(tc.TCA_OPTIONS)
  const [index, handle, parent] = [payload.i32(4), payload.u32(8), payload.u32(12)]
  return {
    index,
    handle,
    parent,
    kind,
    bucket: kind === 'tbf' && options ? decodeBucket(options) : undefined,
  }
}

/** `struct tc_tbf_qopt`: rate and peak rate (12 bytes each, the rate in the last four), then limit, buffer, mtu. */
const rateBytes = 12
const bucketBytes = 36

function decodeBucket(options: Span): Qdisc['bucket'] {
  const attributes = options.attributes()
  const parameters = attributes.need(tc.TCA_TBF_PARMS)
  parameters.need(0, bucketBytes)
  const peak = Number(attributes.find(tc.TCA_TBF_PRATE64)?.u64() ?? parameters.u32(rateBytes + 8))
  return {
    bytesPerSecond: Number(attributes.find(tc.TCA_TBF_RATE64)?.u64() ?? parameters.u32(8)),
    peakBytesPerSecond: peak === 0 ? undefined : peak,
    limitBytes: parameters.u32(2 * rateBytes),
  }
}

export function writeTokenBucket(
  writer: MessageWriter,
  link: { readonly index: number; readonly handle: number },
  bucket: TokenBucket,
): void {
  writer.raw(trafficHeader({ ...link, parent: tc.TC_H_ROOT }))
  writer.string(tc.TCA_KIND, 'tbf')
  writer.nested(tc.TCA_OPTIONS, () => {
    writer.attribute(tc.TCA_TBF_PARMS, encodeBucket(bucket))
    writer.u32(tc.TCA_TBF_BURST, bucket.burstBytes)
    writeLargeRate(writer, tc.TCA_TBF_RATE64, bucket.bytesPerSecond)
    if (bucket.peak === undefined) return
    writer.u32(tc.TCA_TBF_PBURST, bucket.peak.burstBytes)
    writeLargeRate(writer, tc.TCA_TBF_PRATE64, bucket.peak.bytesPerSecond)
  })
}

const largestU32 = 0xffff_ffff

/** The 32 bits of the old form end at 34 Gbit/s. */
function writeLargeRate(writer: MessageWriter, type: number, bytesPerSecond: number): void {
  if (bytesPerSecond >= largestU32) writer.u64(type, BigInt(bytesPerSecond))
}

function encodeBucket({ bytesPerSecond, limitBytes, peak }: TokenBucket): Uint8Array {
  const bytes = new Uint8Array(bucketBytes)
  const view = new DataView(bytes.buffer)
  // A known link layer spares the kernel, and us, its old tables of transmission times.
  view.setUint8(1, tc.TC_LINKLAYER_ETHERNET)
  view.setUint32(8, Math.min(bytesPerSecond, largestU32), true)
  if (peak !== undefined) {
    view.setUint8(rateBytes + 1, tc.TC_LINKLAYER_ETHERNET)
    view.setUint32(rateBytes + 8, Math.min(peak.bytesPerSecond, largestU32), true)
  }
  view.setUint32(2 * rateBytes, limitBytes, true)
  return bytes
}

export function writeIngress(writer: MessageWriter, index: number): void {
  writer.raw(trafficHeader({ index, handle: tc.ingressHandle, parent: tc.TC_H_INGRESS }))
  writer.string(tc.TCA_KIND, 'ingress')
}
