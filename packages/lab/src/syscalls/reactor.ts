/**
 * Many descriptors on Node's event loop through one epoll instance: Node polls the epoll descriptor, and one wake-up
 * serves all sockets that are ready. Far cheaper than one poll handle for each socket, and `drain` can look at what
 * has arrived without waiting for the event loop, which may be late.
 */
import { SyscallError } from '../errors.ts'
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLIN, EPOLLOUT } from './constants.ts'
import { errnoName } from './errno.ts'
import {
  close,
  epollControl,
  epollCreate,
  epollWait,
  lastErrno,
  type PollHandle,
  pollReadable,
} from './libc.ts'

export type Interest = 'readable' | 'writable'
export type Handler = () => void

/** `struct epoll_event` is packed on x86-64 only. */
const eventSize = process.arch === 'x64' ? 12 : 16
const dataOffset = eventSize - 8
const eventsAtOnce = 512
/** A wake-up hands the event loop back after this many rounds, so that timers are not starved. */
const roundsAtOnce = 8

interface Watch {
  readonly id: number
  readonly fd: number
  readonly handler: Handler
}

export class Reactor {
  readonly #epoll: number
  readonly #poll: PollHandle
  readonly #byFd = new Map<number, Watch>()
  /** An event carries the watch's id, not the descriptor: that number may already belong to a newer socket. */
  readonly #byId = new Map<number, Watch>()
  readonly #events = Buffer.allocUnsafeSlow(eventSize * eventsAtOnce)
  readonly #event = Buffer.alloc(eventSize)
  #nextId = 1
  #isDraining = false
  #isClosed = false

  constructor() {
    this.#epoll = epollCreate(EPOLL_CLOEXEC)
    if (this.#epoll < 0) throw new SyscallError('epoll_create1', errnoName(lastErrno()))
    this.#poll = pollReadable(this.#epoll, () => this.drain())
  }

  /** `handler` runs while `fd` is ready (also on errors and hang-ups). It must not throw. */
  watch(fd: number, interest: Interest, handler: Handler): void {
    const watch = { id: this.#nextId, fd, handler }
    this.#nextId = (this.#nextId % 0xffffffff) + 1
    const previous = this.#byFd.get(fd)
    this.#control(previous === undefined ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch, interest)
    if (previous !== undefined) this.#byId.delete(previous.id)
    this.#byFd.set(fd, watch)
    this.#byId.set(watch.id, watch)
  }

  /** Before the descriptor is closed. Does nothing for one that is not watched. */
  unwatch(fd: number): void {
    const watch = this.#byFd.get(fd)
    if (watch === undefined) return
    this.#byFd.delete(fd)
    this.#byId.delete(watch.id)
    epollControl(this.#epoll, EPOLL_CTL_DEL, fd, this.#event)
  }

  /** Runs the handlers of what is ready now. */
  drain(): void {
    if (this.#isDraining || this.#isClosed) return
    this.#isDraining = true
    try {
      for (let round = 0; round < roundsAtOnce && this.#runReady() === eventsAtOnce; round++);
    } finally {
      this.#isDraining = false
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#poll.close()
    close(this.#epoll)
    this.#byFd.clear()
    this.#byId.clear()
  }

  #runReady(): number {
    const count = epollWait(this.#epoll, this.#events, eventsAtOnce, 0)
    for (let index = 0; index < count; index++) {
      const id = this.#events.readUInt32LE(index * eventSize + dataOffset)
      this.#byId.get(id)?.handler()
    }
    return count
  }

  #control(operation: number, watch: Watch, interest: Interest): void {
    this.#event.writeUInt32LE(interest === 'readable' ? EPOLLIN : EPOLLOUT, 0)
    this.#event.writeUInt32LE(watch.id, dataOffset)
    if (epollControl(this.#epoll, operation, watch.fd, this.#event) !== 0) {
      throw new SyscallError('epoll_ctl', errnoName(lastErrno()))
    }
  }
}
