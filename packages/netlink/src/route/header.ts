/** The fixed part that stands before the attributes of a message. All numbers in host byte order. */

export interface LinkHeader {
  readonly index?: number
  readonly flags?: number
  /** Which bits of `flags` are meant. */
  readonly change?: number
}

/** `struct ifinfomsg`. */
export const linkHeaderBytes = 16
export function linkHeader({ index = 0, flags = 0, change = 0 }: LinkHeader): Uint8Array {
  const { bytes, view } = zeros(linkHeaderBytes)
  view.setInt32(4, index, true)
  view.setUint32(8, flags, true)
  view.setUint32(12, change, true)
  return bytes
}

export interface AddressHeader {
  readonly family: number
  readonly prefixLength?: number
  readonly scope?: number
  readonly index?: number
}

/** `struct ifaddrmsg`. */
export const addressHeaderBytes = 8
export function addressHeader({ family, prefixLength = 0, scope = 0, index = 0 }: AddressHeader): Uint8Array {
  const { bytes, view } = zeros(addressHeaderBytes)
  bytes.set([family, prefixLength, 0, scope])
  view.setUint32(4, index, true)
  return bytes
}

export interface RouteHeader {
  readonly family: number
  readonly destinationLength?: number
  readonly table?: number
  readonly protocol?: number
  readonly scope?: number
  readonly type?: number
}

/** `struct rtmsg`. */
export const routeHeaderBytes = 12
export function routeHeader(header: RouteHeader): Uint8Array {
  const { family, destinationLength = 0, table = 0, protocol = 0, scope = 0, type = 0 } = header
  const { bytes } = zeros(routeHeaderBytes)
  bytes.set([family, destinationLength, 0, 0, table, protocol, scope, type])
  return bytes
}

export interface NeighbourHeader {
  readonly family: number
  readonly index?: number
  readonly state?: number
  readonly flags?: number
}

/** `struct ndmsg`. */
export const neighbourHeaderBytes = 12
export function neighbourHeader({ family, index = 0, state = 0, flags = 0 }: NeighbourHeader): Uint8Array {
  const { bytes, view } = zeros(neighbourHeaderBytes)
  bytes[0] = family
  view.setInt32(4, index, true)
  view.setUint16(8, state, true)
  bytes[10] = flags
  return bytes
}

export interface RuleHeader {
  readonly family: number
  readonly destinationLength?: number
  readonly sourceLength?: number
  readonly table?: number
  readonly action?: number
  readonly flags?: number
}

/** `struct fib_rule_hdr`. */
export const ruleHeaderBytes = 12
export function ruleHeader(header: RuleHeader): Uint8Array {
  const { family, destinationLength = 0, sourceLength = 0, table = 0, action = 0, flags = 0 } = header
  const { bytes, view } = zeros(ruleHeaderBytes)
  bytes.set([family, destinationLength, sourceLength, 0, table, 0, 0, action])
  view.setUint32(8, flags, true)
  return bytes
}

function zeros(length: number) {
  const bytes = new Uint8Array(length)
  return { bytes, view: new DataView(bytes.buffer) }
}
