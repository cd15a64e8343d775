/**
 * Whole Ethernet frames on an interface inside a namespace (packet(7)): what a pod can send when it does not leave the headers
 * to its own kernel, and what really comes to an interface, before any IP stack judges it. Batches of frames a system call.
 */
import { SyscallError } from '../errors.ts'
import {
  AF_PACKET,
  PACKET_STATISTICS,
  SO_RCVBUFFORCE,
  SO_TIMESTAMPNS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from '../syscalls/constants.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import * as libc from '../syscalls/libc.ts'
import { NetworkNamespace } from '../syscalls/network-namespace.ts'
import { MessageVector } from './message-vector.ts'

export interface LinkSocketOptions {
  /** Name of a namespace as `ip netns` knows it. */
  readonly netns: string
  readonly device: string
  /** Frames of this EtherType that come in are received; undefined: it only sends. */
  readonly etherType?: number
}

export interface ReceivedFrame {
  /** From the Ethernet header on. Valid until the next call. */
  readonly bytes: Buffer
  /** When the kernel took it from the interface; the clock of `process.hrtime`, in ns. */
  readonly atNs: number
}

const framesAtOnce = 64
/** More than any frame of a lab. */
const slotBytes = 2048
const receiveBufferBytes = 32 * 1024 * 1024

export class LinkSocket {
  readonly #fd: number
  readonly #vector = new MessageVector(framesAtOnce, slotBytes)
  #droppedFrames = 0

  /** @throws SyscallError when there is no such device */
  constructor({ netns, device, etherType }: LinkSocketOptions) {
    const namespace = NetworkNamespace.open(netns)
    try {
      this.#fd = namespace.enter(() => openBound(device, etherType))
    } finally {
      namespace.close()
    }
  }

  /** In this order; each at most 2,048 bytes. @throws SyscallError when the kernel does not take them all */
  send(frames: readonly Uint8Array[]): void {
    for (let first = 0; first < frames.length; first += framesAtOnce) {
      this.#sendBatch(frames.slice(first, first + framesAtOnce))
    }
  }

  #sendBatch(frames: readonly Uint8Array[]): void {
    frames.forEach((frame, index) => {
      this.#vector.put(index, frame)
    })
    const sent = libc.sendmmsg(this.#fd, this.#vector.headers, frames.length, 0)
    if (sent === frames.length) return
    throw new SyscallError('sendmmsg', sent < 0 ? errnoName(libc.lastErrno()) : `${sent} of ${frames.length}`)
  }

  /** Calls `take` for each frame that waits, at most some thousands. */
  receive(take: (frame: ReceivedFrame) => void): void {
    for (let batch = 0; batch < framesAtOnce; batch++) {
      this.#vector.makeRoom()
      const count = libc.recvmmsg(this.#fd, this.#vector.headers, framesAtOnce, 0, null)
      if (count < 0 && libc.lastErrno() !== errno.EAGAIN)
        throw new SyscallError('recvmmsg', errnoName(libc.lastErrno()))
      const offset = Number(process.hrtime.bigint()) - realTimeNs()
      for (let index = 0; index < count; index++) {
        take({ bytes: this.#vector.frame(index), atNs: this.#vector.realTimeNs(index) + offset })
      }
      if (count < framesAtOnce) return
    }
  }

  /** The device's own, as `ee:ee:ee:ee:ee:ee`. */
  get hardwareAddress(): string {
    const address = Buffer.alloc(20)
    const length = Buffer.from([address.length, 0, 0, 0])
    check('getsockname', libc.getsockname(this.#fd, address, length))
    return [...address.subarray(12, 18)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  }

  /** Frames that came, but found no room in the socket's buffer. */
  get droppedFrames(): number {
    // struct tpacket_stats; the kernel sets it to zero with each look.
    const statistics = Buffer.alloc(8)
    const length = Buffer.from([statistics.length, 0, 0, 0])
    check('getsockopt', libc.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, statistics, length))
    this.#droppedFrames += statistics.readUInt32LE(4)
    return this.#droppedFrames
  }

  close(): void {
    libc.close(this.#fd)
  }
}

function openBound(device: string, etherType: number | undefined): number {
  const protocol = etherType ?? 0
  const type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC
  const fd = libc.socket(AF_PACKET, type, ((protocol & 255) << 8) | (protocol >> 8))
  if (fd < 0) throw new SyscallError('socket', errnoName(libc.lastErrno()))
  try {
    setOption(fd, SO_RCVBUFFORCE, receiveBufferBytes)
    setOption(fd, SO_TIMESTAMPNS, 1)
    const address = linkAddress(device, protocol)
    check('bind', libc.bind(fd, address, address.length))
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

/** struct sockaddr_ll; the device is one of the namespace that the thread is in. */
function linkAddress(device: string, protocol: number): Buffer {
  const index = libc.ifNameToIndex(device)
  if (index === 0) throw new SyscallError(`if_nametoindex ${device}`, errnoName(libc.lastErrno()))
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(index, 4)
  return address
}

function setOption(fd: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  check('setsockopt', libc.setsockopt(fd, SOL_SOCKET, name, bytes, bytes.length))
}

const timespec = Buffer.allocUnsafeSlow(16)
const CLOCK_REALTIME = 0

function realTimeNs(): number {
  libc.clockGetTime(CLOCK_REALTIME, timespec)
  return Number(timespec.readBigUInt64LE(0)) * 1e9 + timespec.readUInt32LE(8)
}

function check(syscall: string, result: number): void {
  if (result !== 0) throw new SyscallError(syscall, errnoName(libc.lastErrno()))
}
