/** Messages that the kernel sends to all who listen to a group: what changed, and who changed it. */
import { SyscallError } from '../errors.ts'
import { type NetlinkMessage, readMessages } from '../message/messages.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import { type PollHandle, pollReadable } from '../syscalls/libc.ts'
import * as descriptor from './descriptor.ts'

export interface NetlinkEventsOptions {
  /** See `NetlinkSocketOptions`. */
  readonly netns?: string
  /** For events that wait until the event loop comes round; 8 MiB. */
  readonly receiveBufferBytes?: number
  /** Group numbers, such as RTNLGRP_LINK (not bit masks). */
  readonly groups: readonly number[]
  /** What this socket caused is left out, already in the kernel: see `NetlinkSocket.port`. */
  readonly exceptPort?: number
  /** Called with what one datagram held. */
  readonly onMessages: (messages: readonly NetlinkMessage[]) => void
  /** Events did not fit into the buffer and are gone: whoever follows them must read everything anew. */
  readonly onLost: () => void
  /** What can't be read, or an error that `onMessages` threw. The next datagram is read all the same. */
  readonly onError: (error: unknown) => void
}

const datagramBytes = 128 * 1024
const defaultReceiveBufferBytes = 8 * 1024 * 1024
/** A wake-up hands the event loop back after this many datagrams, so that timers are not starved. */
const datagramsAtOnce = 256

export class NetlinkEvents {
  readonly #fd: number
  readonly #options: NetlinkEventsOptions
  readonly #buffer = new Uint8Array(datagramBytes)
  readonly #poll: PollHandle
  #isClosed = false

  private constructor(fd: number, options: NetlinkEventsOptions) {
    this.#fd = fd
    this.#options = options
    this.#poll = pollReadable(fd, () => this.#readWaiting())
  }

  /** Events from now on. @throws SyscallError */
  static open(protocol: number, options: NetlinkEventsOptions): NetlinkEvents {
    const fd = descriptor.openDescriptor(protocol, options.netns)
    try {
      descriptor.setReceiveBuffer(fd, options.receiveBufferBytes ?? defaultReceiveBufferBytes)
      if (options.exceptPort !== undefined) descriptor.dropMessagesOf(fd, options.exceptPort)
      for (const group of options.groups) descriptor.joinGroup(fd, group)
      return new NetlinkEvents(fd, options)
    } catch (error) {
      descriptor.closeDescriptor(fd)
      throw error
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#poll.close()
    descriptor.closeDescriptor(this.#fd)
  }

  #readWaiting(): void {
    for (let count = 0; count < datagramsAtOnce && !this.#isClosed; count++) {
      const received = descriptor.receiveBytes(this.#fd, this.#buffer)
      if (received === -errno.EAGAIN) return
      try {
        this.#take(received)
      } catch (error) {
        this.#options.onError(error)
      }
    }
  }

  #take(received: number): void {
    if (received === -errno.ENOBUFS || received > this.#buffer.length) this.#options.onLost()
    else if (received < 0) throw new SyscallError('recv', errnoName(-received))
    else this.#options.onMessages(readMessages(this.#buffer.slice(0, received)))
  }
}
