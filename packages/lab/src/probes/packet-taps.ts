/**
 * Raw sockets that see every packet of one protocol which comes to a namespace for itself (raw(7)): the witness of
 * arrival for protocols that have no sockets or no answers. Opened when first needed, kept for later probes.
 */
import { findMark } from '../packets/mark.ts'
import { SOCK_RAW } from '../syscalls/constants.ts'
import type { Family } from '../syscalls/sockaddr.ts'
import { enlargeReceiveBuffer, receiveSocket } from '../syscalls/socket.ts'
import { makeSocket } from './make-socket.ts'
import type { ProbeContext } from './probe-context.ts'

interface Tap {
  readonly netns: string
  readonly fd: number
}

const receiveBufferBytes = 4 * 1024 * 1024
const packetsAtOnce = 256
const buffer = Buffer.allocUnsafeSlow(65536)

export class PacketTaps {
  readonly #context: ProbeContext
  readonly #taps = new Map<string, Tap>()

  constructor(context: ProbeContext) {
    this.#context = context
  }

  /** From now on arrivals of this protocol in this namespace are reported to the context. */
  open(netns: string, family: Family, protocol: number): void {
    const key = `${netns} ${family} ${protocol}`
    if (this.#taps.has(key)) return
    const fd = makeSocket(this.#context, netns, { family, type: SOCK_RAW, protocol }, (socket) =>
      enlargeReceiveBuffer(socket, receiveBufferBytes),
    )
    this.#taps.set(key, { netns, fd })
    this.#context.reactor.watch(fd, 'readable', () => this.#read(fd, netns, family, protocol))
  }

  release(netns: string): void {
    for (const [key, tap] of this.#taps) {
      if (tap.netns !== netns) continue
      this.#context.closeSocket(tap.fd)
      this.#taps.delete(key)
    }
  }

  close(): void {
    for (const tap of this.#taps.values()) this.#context.closeSocket(tap.fd)
    this.#taps.clear()
  }

  #read(fd: number, netns: string, family: Family, protocol: number): void {
    for (let packets = 0; packets < packetsAtOnce; packets++) {
      const length = receiveSocket(fd, buffer)
      if (length < 0) return
      const payload = transportOf(buffer.subarray(0, length), family)
      const sequence = findMark(payload, this.#context.run)
      if (sequence !== undefined) this.#context.arrived(sequence, { netns, protocol, payload })
    }
  }
}

/** A raw IPv4 socket hands over the IP header too; an IPv6 one does not. */
function transportOf(packet: Buffer, family: Family): Buffer {
  if (family === 6 || packet.length < 20) return packet
  return packet.subarray((packet.readUInt8(0) & 15) * 4)
}
