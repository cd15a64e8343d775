/** Rules that choose a routing table for a packet (ip-rule(8)), as messages. */
import type { Attributes, Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import {
  FIB_RULE_INVERT,
  FRA_DST,
  FRA_FWMARK,
  FRA_FWMASK,
  FRA_GOTO,
  FRA_IIFNAME,
  FRA_OIFNAME,
  FRA_PRIORITY,
  FRA_PROTOCOL,
  FRA_SRC,
  FRA_SUPPRESS_PREFIXLEN,
  FRA_TABLE,
  RT_TABLE_COMPAT,
} from './constants.ts'
import { ruleHeader, ruleHeaderBytes } from './header.ts'
import { addressFamily, decodePrefix, encodePrefix, type IpFamily, ipFamily } from './ip-bytes.ts'

/** In the order of the kernel's numbers (FR_ACT_*). */
export const ruleActions = [
  'Unspecified',
  'Table',
  'Goto',
  'Nothing',
  'Reserved',
  'Reserved',
  'Blackhole',
  'Unreachable',
  'Prohibit',
] as const
export type RuleAction = (typeof ruleActions)[number]

export interface RoutingRule {
  readonly family: IpFamily
  /** The smallest comes first. */
  readonly priority: number
  readonly action: RuleAction
  /** To look in; 0 where the action needs none. */
  readonly table: number
  /** Of Goto: the priority of the rule that is next. */
  readonly target: number | undefined
  /** Packets are meant whose mark is `value` in the bits of `mask`. */
  readonly mark: { readonly value: number; readonly mask: number } | undefined
  /** Packets are meant that do not match. */
  readonly isInverted: boolean
  /** CIDR. */
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly inputInterface: string | undefined
  readonly outputInterface: string | undefined
  /** Routes of at most so many bits don't count. */
  readonly suppressedPrefixLength: number | undefined
  /** Who made it: RTPROT_*. */
  readonly protocol: number
}

/** Undefined for rules that are neither IPv4's nor IPv6's. @throws NetlinkDecodeError */
export function decodeRule(payload: Span): RoutingRule | undefined {
  const family = ipFamily(payload.u8())
  if (family === undefined) return undefined
  const attributes = payload.after(ruleHeaderBytes).attributes()
  return {
    family,
    priority: attributes.find(FRA_PRIORITY)?.u32() ?? 0,
    action: ruleActions[payload.u8(7)] ?? 'Unspecified',
    table: attributes.find(FRA_TABLE)?.u32() ?? payload.u8(4),
    target: attributes.find(FRA_GOTO)?.u32(),
    mark: markOf(attributes),
    isInverted: (payload.u32(8) & FIB_RULE_INVERT) !== 0,
    source: prefixOf(attributes.find(FRA_SRC), payload.u8(2), family),
    destination: prefixOf(attributes.find(FRA_DST), payload.u8(1), family),
    inputInterface: attributes.find(FRA_IIFNAME)?.string(),
    outputInterface: attributes.find(FRA_OIFNAME)?.string(),
    suppressedPrefixLength: suppressed(attributes.find(FRA_SUPPRESS_PREFIXLEN)),
    protocol: attributes.find(FRA_PROTOCOL)?.u8() ?? 0,
  }
}

/** A rule that looks at no mark has neither, or a mask of 0. */
function markOf(attributes: Attributes): RoutingRule['mark'] {
  const value = attributes.find(FRA_FWMARK)?.u32()
  const mask = attributes.find(FRA_FWMASK)?.u32()
  if (value === undefined && (mask ?? 0) === 0) return undefined
  return { value: value ?? 0, mask: mask ?? 0xffff_ffff }
}

function prefixOf(address: Span | undefined, length: number, family: IpFamily): string | undefined {
  return address === undefined ? undefined : decodePrefix(address, length, family)
}

/** The kernel says -1 for none. */
function suppressed(attribute: Span | undefined): number | undefined {
  const length = attribute?.i32()
  return length === undefined || length < 0 ? undefined : length
}

export interface RuleSpec extends Partial<Omit<RoutingRule, 'family'>> {
  readonly family: IpFamily
  readonly priority: number
}

/** @throws RangeError when a prefix is none */
export function writeRule(writer: MessageWriter, spec: RuleSpec): void {
  const { table = 0, action = 'Table', mark, isInverted = false } = spec
  const source = spec.source === undefined ? undefined : encodePrefix(spec.source)
  const destination = spec.destination === undefined ? undefined : encodePrefix(spec.destination)
  writer.raw(
    ruleHeader({
      family: addressFamily(spec.family),
      sourceLength: source?.length ?? 0,
      destinationLength: destination?.length ?? 0,
      table: table > 255 ? RT_TABLE_COMPAT : table,
      action: ruleActions.indexOf(action),
      flags: isInverted ? FIB_RULE_INVERT : 0,
    }),
  )
  writer.u32(FRA_PRIORITY, spec.priority)
  if (table !== 0) writer.u32(FRA_TABLE, table)
  if (spec.target !== undefined) writer.u32(FRA_GOTO, spec.target)
  if (source !== undefined) writer.attribute(FRA_SRC, source.bytes)
  if (destination !== undefined) writer.attribute(FRA_DST, destination.bytes)
  if (mark !== undefined) {
    writer.u32(FRA_FWMARK, mark.value)
    writer.u32(FRA_FWMASK, mark.mask)
  }
  if (spec.inputInterface !== undefined) writer.string(FRA_IIFNAME, spec.inputInterface)
  if (spec.outputInterface !== undefined) writer.string(FRA_OIFNAME, spec.outputInterface)
  if (spec.suppressedPrefixLength !== undefined)
    writer.u32(FRA_SUPPRESS_PREFIXLEN, spec.suppressedPrefixLength)
  if (spec.protocol !== undefined) writer.u8(FRA_PROTOCOL, spec.protocol)
}
