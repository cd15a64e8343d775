/** A netlink socket as a plain, non-blocking descriptor. */
import { SyscallError } from '../errors.ts'
import {
  AF_NETLINK,
  MSG_TRUNC,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_NO_ENOBUFS,
  SO_ATTACH_FILTER,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
} from '../syscalls/constants.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import * as libc from '../syscalls/libc.ts'
import { inNetworkNamespace } from '../syscalls/network-namespace.ts'

/** The socket stays in the namespace in which it was made. @throws SyscallError */
export function openDescriptor(protocol: number, netns: string | undefined): number {
  return inNetworkNamespace(netns, () => {
    const fd = must('socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol))
    bindToAnyPort(fd)
    setNumber(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1)
    setNumber(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1)
    return fd
  })
}

/** Dump requests that the kernel does not understand fully are refused, and filters in them are heeded. */
export function checkStrictly(fd: number): void {
  setNumber(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
}

export function joinGroup(fd: number, group: number): void {
  setNumber(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
}

/**
 * A message that did not fit is no error of the next recv(2). With that error, the kernel would send nothing more until all that waits was
 * read: what could have been received in the meantime would be lost too. For whoever can tell a loss by other means.
 */
export function ignoreOverruns(fd: number): void {
  setNumber(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
}

/** The kernel keeps twice this number for its own bookkeeping. Without CAP_NET_ADMIN the system's limit holds. */
export function setReceiveBuffer(fd: number, bytes: number): void {
  if (!trySetNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) setNumber(fd, SOL_SOCKET, SO_RCVBUF, bytes)
}

/** See `setReceiveBuffer`. One message must fit in it. */
export function setSendBuffer(fd: number, bytes: number): void {
  if (!trySetNumber(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes)) setNumber(fd, SOL_SOCKET, SO_SNDBUF, bytes)
}

/** Puts a filter before the socket: messages that the socket with this port caused never arrive. */
export function dropMessagesOf(fd: number, port: number): void {
  const { program, instructions } = filterAgainst(port)
  const result = libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length)
  // The instructions are copied by the kernel; until then they have to stay where they are.
  if (instructions.length === 0 || result !== 0)
    throw new SyscallError('setsockopt', errnoName(libc.lastErrno()))
}

/** The number by which netlink tells this socket from others. */
export function portOf(fd: number): number {
  const address = new Uint8Array(sockaddrBytes)
  const length = new Uint32Array([sockaddrBytes])
  must('getsockname', libc.getsockname(fd, address, length))
  return new DataView(address.buffer).getUint32(4, true)
}

/** All bytes in one message. @throws SyscallError */
export function sendBytes(fd: number, bytes: Uint8Array): void {
  must(
    'send',
    retried(() => libc.send(fd, bytes, bytes.length, 0)),
  )
}

/** Bytes received into `buffer` (more than it holds, if it was too small), or the negated errno: -EAGAIN for none. */
export function receiveBytes(fd: number, buffer: Uint8Array): number {
  const received = retried(() => libc.recv(fd, buffer, buffer.length, MSG_TRUNC))
  return received >= 0 ? received : -libc.lastErrno()
}

export function closeDescriptor(fd: number): void {
  libc.close(fd)
}

/** `struct sockaddr_nl`: family u16, padding u16, port u32, groups u32. */
const sockaddrBytes = 12

function bindToAnyPort(fd: number): void {
  const address = new Uint8Array(sockaddrBytes)
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true)
  must('bind', libc.bind(fd, address, sockaddrBytes))
}

function setNumber(fd: number, level: number, name: number, value: number): void {
  if (!trySetNumber(fd, level, name, value)) throw new SyscallError('setsockopt', errnoName(libc.lastErrno()))
}

function trySetNumber(fd: number, level: number, name: number, value: number): boolean {
  return libc.setsockopt(fd, level, name, new Int32Array([value]), 4) === 0
}

/** `nlmsg_pid` of the first message: all messages of one datagram have the same cause. */
const portOffset = 12

/** Classic BPF (linux/filter.h): load the port, drop if it is this one, else keep all. Loads are in network order. */
function filterAgainst(port: number): { program: Buffer; instructions: Buffer } {
  const swapped = Buffer.alloc(4)
  swapped.writeUInt32LE(port)
  const instructions = Buffer.allocUnsafeSlow(4 * 8)
  writeInstruction(instructions, 0, 0x20, 0, 0, portOffset)
  writeInstruction(instructions, 1, 0x15, 0, 1, swapped.readUInt32BE())
  writeInstruction(instructions, 2, 0x06, 0, 0, 0)
  writeInstruction(instructions, 3, 0x06, 0, 0, 0xffffffff)
  const program = Buffer.alloc(16)
  program.writeUInt16LE(4, 0)
  program.writeBigUInt64LE(libc.addressOf(instructions), 8)
  return { program, instructions }
}

/** `struct sock_filter`: code u16, how far to jump if true and if false u8, operand u32. */
function writeInstruction(
  to: Buffer,
  index: number,
  code: number,
  ifTrue: number,
  ifFalse: number,
  k: number,
): void {
  to.writeUInt16LE(code, index * 8)
  to.writeUInt8(ifTrue, index * 8 + 2)
  to.writeUInt8(ifFalse, index * 8 + 3)
  to.writeUInt32LE(k, index * 8 + 4)
}

function retried(call: () => number): number {
  for (;;) {
    const result = call()
    if (result >= 0 || libc.lastErrno() !== errno.EINTR) return result
  }
}

function must(syscall: string, result: number): number {
  if (result < 0) throw new SyscallError(syscall, errnoName(libc.lastErrno()))
  return result
}
