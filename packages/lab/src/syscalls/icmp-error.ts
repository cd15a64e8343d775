/**
 * Which host refused a packet? With IP_RECVERR set, the kernel keeps each ICMP error that came back on the socket's
 * error queue, together with the host that sent it (ip(7), `struct sock_extended_err`).
 */
import { MSG_DONTWAIT, MSG_ERRQUEUE, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 } from './constants.ts'
import { addressOf, recvmsg } from './libc.ts'
import { decodeSockaddr } from './sockaddr.ts'

export interface IcmpError {
  readonly type: number
  readonly code: number
  /** The host that sent the ICMP error. */
  readonly offender: string
}

// struct msghdr of 64-bit Linux: name, name length, iov, iov count, control, control length, flags.
const message = Buffer.allocUnsafeSlow(56)
const vector = Buffer.allocUnsafeSlow(16)
const payload = Buffer.allocUnsafeSlow(2048)
const control = Buffer.allocUnsafeSlow(512)
/** sizeof(struct cmsghdr): length (8), level (4), type (4). */
const controlHeader = 16
/** sizeof(struct sock_extended_err); the offender's sockaddr follows. */
const extendedError = 16

/** Undefined when the queue holds no ICMP error, for instance after a TCP reset. */
export function takeIcmpError(fd: number): IcmpError | undefined {
  prepareMessage()
  if (recvmsg(fd, message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return undefined
  const length = Number(message.readBigUInt64LE(40))
  if (length < controlHeader + extendedError + 16) return undefined
  return parseExtendedError(control.subarray(controlHeader, length))
}

/** `bytes` starts at the sock_extended_err. */
export function parseExtendedError(bytes: Buffer): IcmpError | undefined {
  const origin = bytes.readUInt8(4)
  if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) return undefined
  const offender = decodeSockaddr(bytes.subarray(extendedError))
  if (offender === undefined) return undefined
  return { type: bytes.readUInt8(5), code: bytes.readUInt8(6), offender: offender.ip }
}

function prepareMessage(): void {
  message.fill(0)
  vector.writeBigUInt64LE(addressOf(payload), 0)
  vector.writeBigUInt64LE(BigInt(payload.length), 8)
  message.writeBigUInt64LE(addressOf(vector), 16)
  message.writeBigUInt64LE(1n, 24)
  message.writeBigUInt64LE(addressOf(control), 32)
  message.writeBigUInt64LE(BigInt(control.length), 40)
}
