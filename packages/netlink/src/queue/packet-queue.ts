/**
 * Packets that rules hand over to this program (NFQUEUE): the kernel holds each until it has a verdict.
 *
 * All that wait are handed over as one array, so that what they tell can be acted on at once before any of them goes on.
 */
import { type PollHandle, pollReadable } from '../syscalls/libc.ts'
import { HeldPackets } from './held-packets.ts'
import { type HeldVerdict, writePassAll, writeVerdict, writeVerdictUpTo } from './messages.ts'
import type { QueuedPacket } from './packet.ts'
import { QueueSocket } from './queue-socket.ts'
import { type QueueStatistics, readQueueStatistics } from './queue-statistics.ts'

export interface PacketQueueOptions {
  /** A name as `ip netns` knows it, or a path such as `/proc/1/ns/net`. Without it: where the thread is. */
  readonly netns?: string
  /** 0 to 65535. One program at a time can have it, in each network namespace. */
  readonly number: number
  /** Packets that the kernel holds at most; 4,096. */
  readonly maxLength?: number
  /** What becomes of a packet that the queue has no room for, or the socket's buffer; it passes. */
  readonly whenFull?: HeldVerdict
  /** Of each packet, at most; all, which the kernel takes as 65,531. */
  readonly copyBytes?: number
  /** For packets that wait until the event loop comes round; 8 MiB. */
  readonly receiveBufferBytes?: number
  /** In the order in which they came. Each needs a verdict, now or later. */
  readonly onPackets: (packets: readonly QueuedPacket[]) => void
  /**
   * So many packets did not fit into the socket's buffer, and had the verdict of `whenFull`. Those that `maxLength` kept out are not among them: the kernel
   * tells of them nowhere. A counter before the rule that queues does.
   */
  readonly onLost: (packets: number) => void
  /** What can't be read, a verdict that was refused, or an error that `onPackets` threw. The next packets are read all the same. */
  readonly onError: (error: unknown) => void
}

const defaultMaxLength = 4096
const defaultReceiveBufferBytes = 8 * 1024 * 1024
const wholePackets = 0xffff
/** A wake-up hands the event loop back after this many, so that timers are not starved. */
const packetsAtOnce = 512
/** 32 bytes each: what a socket can send at once is some 200 KiB. */
const verdictsAtOnce = 2048

export class PacketQueue {
  readonly #options: PacketQueueOptions
  readonly #socket: QueueSocket
  readonly #held = new HeldPackets()
  readonly #poll: PollHandle
  /** What came before the kernel said that the queue is ours. */
  #early: QueuedPacket[]
  #lastId = 0
  #isClosed = false

  private constructor(options: PacketQueueOptions, socket: QueueSocket, early: QueuedPacket[]) {
    this.#options = options
    this.#socket = socket
    this.#poll = pollReadable(socket.fd, () => this.#readWaiting())
    this.#early = early
    if (early.length > 0) setImmediate(() => this.#readWaiting())
  }

  /**
   * Packets from now on.
   *
   * @throws NetlinkError: EBUSY when another program has the queue, EPERM without rights; SyscallError; RangeError
   */
  static open(options: PacketQueueOptions): PacketQueue {
    const { number, maxLength = defaultMaxLength, copyBytes = wholePackets, whenFull = 'accept' } = options
    if (!Number.isInteger(number) || number < 0 || number > 0xffff)
      throw new RangeError(`packet queues are 0 to 65535, not ${number}`)
    const socket = new QueueSocket(options.netns, options.receiveBufferBytes ?? defaultReceiveBufferBytes)
    try {
      const early = socket.bind({ number, maxLength, copyBytes, whenFull })
      return new PacketQueue(options, socket, early)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** Packets that were handed over and have no verdict yet. */
  get heldPackets(): number {
    return this.#held.size
  }

  /**
   * They go on, or are gone; in the order in which they came. Packets that have had their verdict are left out.
   *
   * No answer is waited for: a packet whose link went away is gone already, which is no error.
   *
   * @throws SyscallError
   */
  verdict(packets: Iterable<number>, verdict: HeldVerdict): void {
    if (this.#isClosed) return
    const { number } = this.#options
    const { upTo, each } = this.#held.take(packets)
    if (upTo !== undefined) this.#socket.send((writer) => writeVerdictUpTo(writer, number, upTo, verdict))
    for (let at = 0; at < each.length; at += verdictsAtOnce)
      this.#socket.send((writer) => {
        for (const id of each.slice(at, at + verdictsAtOnce)) writeVerdict(writer, number, id, verdict)
      })
  }

  /** Undefined when closed. @throws SyscallError */
  stats(): QueueStatistics | undefined {
    return this.#isClosed ? undefined : readQueueStatistics(this.#options.number, this.#options.netns)
  }

  /** What the queue still holds is dropped, as when the program ends; or it passes, and so does what comes until the queue is gone. */
  close(held: HeldVerdict = 'drop'): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#poll.close()
    try {
      if (held === 'accept') this.#passAll()
    } finally {
      this.#socket.close()
    }
  }

  /** Also those that were not read: far ahead of the latest, in numbers that begin anew. */
  #passAll(): void {
    const { number } = this.#options
    this.#socket.send((writer) => {
      writePassAll(writer, number)
      writeVerdictUpTo(writer, number, (this.#lastId + 0x3fff_ffff) >>> 0, 'accept')
    })
  }

  #readWaiting(): void {
    if (this.#isClosed) return
    const packets = this.#early.splice(0)
    try {
      while (packets.length < packetsAtOnce) {
        const received = this.#socket.receive()
        if (received === undefined) break
        packets.push(...received)
      }
    } catch (error) {
      this.#options.onError(error)
    }
    this.#hand(packets)
  }

  #hand(packets: readonly QueuedPacket[]): void {
    if (packets.length === 0 || this.#isClosed) return
    let lost = 0
    for (const { id } of packets) lost += this.#held.add(id)
    this.#lastId = packets.at(-1)?.id ?? this.#lastId
    try {
      if (lost > 0) this.#options.onLost(lost)
      if (!this.#isClosed) this.#options.onPackets(packets)
    } catch (error) {
      this.#options.onError(error)
    }
  }
}
