/**
 * `struct mmsghdr[]` over buffers that stay where they are: one system call sends or receives many frames (sendmmsg(2),
 * recvmmsg(2)). Offsets are those of a 64-bit Linux.
 */
import { addressOf } from '../syscalls/libc.ts'

const sizeOf = { iovec: 16, mmsghdr: 64 } as const
/** Within struct mmsghdr. */
const at = { iov: 16, iovlen: 24, control: 32, controllen: 40, length: 56 } as const
/** A cmsghdr of 16 bytes, and a struct timespec. */
const controlSize = 32
const timespecAt = 16

export class MessageVector {
  readonly count: number
  readonly headers: Buffer
  readonly #iovecs: Buffer
  readonly #control: Buffer
  readonly #data: Buffer
  readonly #slot: number

  /** `count` frames of at most `slot` bytes each. */
  constructor(count: number, slot: number) {
    this.count = count
    this.#slot = slot
    this.headers = Buffer.allocUnsafeSlow(count * sizeOf.mmsghdr).fill(0)
    this.#iovecs = Buffer.allocUnsafeSlow(count * sizeOf.iovec)
    this.#control = Buffer.allocUnsafeSlow(count * controlSize)
    this.#data = Buffer.allocUnsafeSlow(count * slot)
    for (let index = 0; index < count; index++) this.#link(index)
  }

  #link(index: number): void {
    const [header, iovec] = [index * sizeOf.mmsghdr, index * sizeOf.iovec]
    this.#iovecs.writeBigUInt64LE(addressOf(this.#data) + BigInt(index * this.#slot), iovec)
    this.headers.writeBigUInt64LE(addressOf(this.#iovecs) + BigInt(iovec), header + at.iov)
    this.headers.writeBigUInt64LE(1n, header + at.iovlen)
  }

  /** @throws RangeError for a frame that is longer than a slot */
  put(index: number, frame: Uint8Array): void {
    if (frame.length > this.#slot) throw new RangeError(`a frame of ${frame.length} bytes is too long`)
    this.#data.set(frame, index * this.#slot)
    this.#iovecs.writeBigUInt64LE(BigInt(frame.length), index * sizeOf.iovec + 8)
  }

  /** Before each recvmmsg: the kernel writes over these. */
  makeRoom(): void {
    for (let index = 0; index < this.count; index++) {
      const header = index * sizeOf.mmsghdr
      this.#iovecs.writeBigUInt64LE(BigInt(this.#slot), index * sizeOf.iovec + 8)
      this.headers.writeBigUInt64LE(
        addressOf(this.#control) + BigInt(index * controlSize),
        header + at.control,
      )
      this.headers.writeBigUInt64LE(BigInt(controlSize), header + at.controllen)
    }
  }

  /** What was received there; valid until the next call. */
  frame(index: number): Buffer {
    const length = this.headers.readUInt32LE(index * sizeOf.mmsghdr + at.length)
    return this.#data.subarray(index * this.#slot, index * this.#slot + Math.min(length, this.#slot))
  }

  /** When the kernel received it: CLOCK_REALTIME in ns. For sockets with SO_TIMESTAMPNS. */
  realTimeNs(index: number): number {
    const start = index * controlSize + timespecAt
    return Number(this.#control.readBigUInt64LE(start)) * 1e9 + this.#control.readUInt32LE(start + 8)
  }
}
