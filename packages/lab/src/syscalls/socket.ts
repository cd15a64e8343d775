/**
 * Non-blocking sockets as plain descriptors with small functions: what fails as a matter of course (a refused
 * connection, nothing to read) is a result; what should not fail throws SyscallError.
 */
import { SyscallError } from '../errors.ts'
import {
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  MSG_NOSIGNAL,
  SO_ERROR,
  SO_LINGER,
  SO_RCVBUFFORCE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  TCP_NODELAY,
} from './constants.ts'
import { errnoName } from './errno.ts'
import * as libc from './libc.ts'
import { addressFamily, encodeSockaddr, type Family } from './sockaddr.ts'

/** Makes it in the namespace the thread is in; it stays there. */
export function openSocket(family: Family, type: number, protocol: number): number {
  return must('socket', libc.socket(addressFamily(family), type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol))
}

export function closeSocket(fd: number): void {
  libc.close(fd)
}

export function bindSocket(fd: number, ip: string, port: number): void {
  const address = encodeSockaddr(ip, port)
  must('bind', libc.bind(fd, address, address.length))
}

export function listenSocket(fd: number, backlog: number): void {
  must('listen', libc.listen(fd, backlog))
}

/** 0, or the errno: EINPROGRESS is the usual start of a TCP connection. */
export function connectSocket(fd: number, ip: string, port: number): number {
  const address = encodeSockaddr(ip, port)
  return libc.connect(fd, address, address.length) === 0 ? 0 : libc.lastErrno()
}

/** The new connection's descriptor, or undefined when none waits. */
export function acceptSocket(fd: number): number | undefined {
  const connection = libc.accept4(fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC)
  return connection >= 0 ? connection : undefined
}

/** Bytes taken, or the negated errno. */
export function sendSocket(fd: number, data: Buffer): number {
  const sent = libc.send(fd, data, data.length, MSG_NOSIGNAL)
  return sent >= 0 ? sent : -libc.lastErrno()
}

/** 0, or the errno. */
export function sendToSocket(fd: number, data: Buffer, address: Buffer): number {
  const sent = libc.sendto(fd, data, data.length, MSG_NOSIGNAL, address, address.length)
  return sent >= 0 ? 0 : libc.lastErrno()
}

/** Bytes read into `buffer` (0: the peer closed), or the negated errno; -EAGAIN when nothing waits. */
export function receiveSocket(fd: number, buffer: Buffer): number {
  const received = libc.recv(fd, buffer, buffer.length, 0)
  return received >= 0 ? received : -libc.lastErrno()
}

export interface Datagram {
  readonly length: number
  /** The sender's sockaddr, to answer to; valid until the next call. */
  readonly sender: Buffer
}

const senderBytes = Buffer.allocUnsafeSlow(28)
const senderLength = Buffer.allocUnsafeSlow(4)

/** Undefined when nothing waits, and for an error that an ICMP message left on the socket. */
export function receiveDatagram(fd: number, buffer: Buffer): Datagram | undefined {
  senderLength.writeUInt32LE(senderBytes.length)
  const length = libc.recvfrom(fd, buffer, buffer.length, 0, senderBytes, senderLength)
  return length < 0 ? undefined : { length, sender: senderBytes.subarray(0, senderLength.readUInt32LE()) }
}

const optionBytes = Buffer.allocUnsafeSlow(8)
const optionLength = Buffer.allocUnsafeSlow(4)

/** Reads and clears the socket's pending error: 0 or an errno. */
export function takeSocketError(fd: number): number {
  optionLength.writeUInt32LE(4)
  must('getsockopt', libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, optionBytes, optionLength))
  return optionBytes.readInt32LE()
}

/** Lets a probe use a port on which its pod also listens, and several probes share one source port. */
export function shareAddress(fd: number): void {
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1)
}

/** Closing sends RST at once: no TIME_WAIT holds the port, and conntrack forgets the connection within 10 s. */
export function resetOnClose(fd: number): void {
  optionBytes.writeInt32LE(1, 0)
  optionBytes.writeInt32LE(0, 4)
  must('setsockopt', libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, optionBytes, 8))
}

/** ICMP errors are kept with their sender: see `takeIcmpError`. */
export function keepIcmpErrors(fd: number, family: Family): void {
  setIcmpErrors(fd, family, 1)
}

/** Back to the default, where an ICMP error does not end an established TCP connection. */
export function dropIcmpErrors(fd: number, family: Family): void {
  setIcmpErrors(fd, family, 0)
}

export function sendAtOnce(fd: number): void {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
}

export function onlyIpv6(fd: number): void {
  setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
}

/** Beyond the system's limit for ordinary programs; the lab runs as root. */
export function enlargeReceiveBuffer(fd: number, bytes: number): void {
  setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)
}

function setIcmpErrors(fd: number, family: Family, value: 0 | 1): void {
  if (family === 4) setOption(fd, IPPROTO_IP, IP_RECVERR, value)
  else setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, value)
}

function setOption(fd: number, level: number, name: number, value: number): void {
  optionBytes.writeInt32LE(value)
  must('setsockopt', libc.setsockopt(fd, level, name, optionBytes, 4))
}

function must(syscall: string, result: number): number {
  if (result < 0) throw new SyscallError(syscall, errnoName(libc.lastErrno()))
  return result
}
