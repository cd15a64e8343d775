/** Listeners inside the namespaces of a lab: TCP and UDP, both send back what they get. */
import { findMark } from '../packets/mark.ts'
import { makeSocket } from '../probes/make-socket.ts'
import type { ProbeContext } from '../probes/probe-context.ts'
import type { ServedPort } from '../state-file.ts'
import { IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM } from '../syscalls/constants.ts'
import { errno } from '../syscalls/errno.ts'
import { familyOf } from '../syscalls/sockaddr.ts'
import {
  acceptSocket,
  bindSocket,
  enlargeReceiveBuffer,
  listenSocket,
  onlyIpv6,
  receiveDatagram,
  receiveSocket,
  resetOnClose,
  sendAtOnce,
  sendSocket,
  sendToSocket,
  shareAddress,
} from '../syscalls/socket.ts'

const backlog = 4096
const datagramsAtOnce = 256
const receiveBufferBytes = 4 * 1024 * 1024
const buffer = Buffer.allocUnsafeSlow(65536)

export class EchoListeners {
  readonly #context: ProbeContext
  /** Descriptors of listeners and of the connections they took, by namespace. */
  readonly #sockets = new Map<string, Set<number>>()

  constructor(context: ProbeContext) {
    this.#context = context
  }

  /** Throws SyscallError EADDRINUSE if something listens there already. */
  open(netns: string, served: ServedPort): void {
    if (served.protocol === 'TCP') this.#openTcp(netns, served)
    else this.#openUdp(netns, served)
  }

  release(netns: string): void {
    for (const fd of this.#sockets.get(netns) ?? []) this.#context.closeSocket(fd)
    this.#sockets.delete(netns)
  }

  close(): void {
    for (const netns of [...this.#sockets.keys()]) this.release(netns)
  }

  #openTcp(netns: string, { ip, port }: ServedPort): void {
    const family = familyOf(ip) ?? 4
    const fd = makeSocket(
      this.#context,
      netns,
      { family, type: SOCK_STREAM, protocol: IPPROTO_TCP },
      (socket) => {
        if (family === 6) onlyIpv6(socket)
        shareAddress(socket)
        bindSocket(socket, ip, port)
        listenSocket(socket, backlog)
      },
    )
    this.#keep(netns, fd)
    this.#context.reactor.watch(fd, 'readable', () => this.#accept(netns, fd))
  }

  #accept(netns: string, listener: number): void {
    for (let fd = acceptSocket(listener); fd !== undefined; fd = acceptSocket(listener)) {
      const connection = fd
      resetOnClose(connection)
      sendAtOnce(connection)
      this.#keep(netns, connection)
      this.#context.reactor.watch(connection, 'readable', () => this.#echo(netns, connection))
      // Most probes have left again by now: no need to wait for the reactor to say so.
      this.#echo(netns, connection)
    }
  }

  /** A peer that does not read its answers is dropped: the echo holds nothing back. */
  #echo(netns: string, fd: number): void {
    const length = receiveSocket(fd, buffer)
    if (length === -errno.EAGAIN) return
    if (length > 0 && sendSocket(fd, buffer.subarray(0, length)) === length) return
    this.#context.closeSocket(fd)
    this.#sockets.get(netns)?.delete(fd)
  }

  #openUdp(netns: string, { ip, port }: ServedPort): void {
    const family = familyOf(ip) ?? 4
    const fd = makeSocket(
      this.#context,
      netns,
      { family, type: SOCK_DGRAM, protocol: IPPROTO_UDP },
      (socket) => {
        if (family === 6) onlyIpv6(socket)
        shareAddress(socket)
        enlargeReceiveBuffer(socket, receiveBufferBytes)
        bindSocket(socket, ip, port)
      },
    )
    this.#keep(netns, fd)
    this.#context.reactor.watch(fd, 'readable', () => this.#answer(netns, fd))
  }

  #answer(netns: string, fd: number): void {
    for (let count = 0; count < datagramsAtOnce; count++) {
      const datagram = receiveDatagram(fd, buffer)
      if (datagram === undefined) return
      const payload = buffer.subarray(0, datagram.length)
      const sequence = findMark(payload, this.#context.run)
      if (sequence !== undefined) this.#context.arrived(sequence, { netns, protocol: IPPROTO_UDP, payload })
      sendToSocket(fd, payload, datagram.sender)
    }
  }

  #keep(netns: string, fd: number): void {
    const sockets = this.#sockets.get(netns) ?? new Set()
    this.#sockets.set(netns, sockets.add(fd))
  }
}
