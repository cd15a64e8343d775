/**
 * Requests to the kernel and its answers, synchronously.
 *
 * The kernel works on a request while it is sent, and the answer waits in the socket when send(2) returns, so nothing ever
 * has to be waited for. Keep one socket for long: closing one after deletions in nf_tables takes 16 ms.
 */
import { NetlinkError, SyscallError } from '../errors.ts'
import { type Refusal, readRefusal } from '../message/acknowledgement.ts'
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
} from '../message/constants.ts'
import { MessageWriter } from '../message/message-writer.ts'
import { type NetlinkMessage, readMessages } from '../message/messages.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import * as descriptor from './descriptor.ts'

export interface NetlinkSocketOptions {
  /** A name as `ip netns` knows it, or a path such as `/proc/1/ns/net`. Without it: where the thread is. */
  readonly netns?: string
  /** For answers that wait; 4 MiB. */
  readonly receiveBufferBytes?: number
  /** Dump requests are checked strictly, and filters in them are heeded (NETLINK_GET_STRICT_CHK). */
  readonly strict?: boolean
}

/** One request: `body` writes what follows the header. */
export interface NetlinkRequest {
  /** For error texts: what is asked for. */
  readonly what: string
  readonly type: number
  /** Besides NLM_F_REQUEST and NLM_F_ACK. */
  readonly flags?: number
  readonly body: (writer: MessageWriter) => void
}

/** What came back for one or more messages that were sent together. */
export interface Answers {
  readonly messages: readonly NetlinkMessage[]
  /** Sequence numbers that were acknowledged. */
  readonly granted: ReadonlySet<number>
  readonly refusals: readonly Refusal[]
  /** The socket could not hold all answers; those that came are the first. */
  readonly isIncomplete: boolean
}

/** As long as one datagram of a dump can be (32 KiB), and more. */
const datagramBytes = 128 * 1024
const defaultReceiveBufferBytes = 4 * 1024 * 1024
/** A dump that other changes interrupted is asked for again this often. */
const dumpAttempts = 50
/** What a socket can send at first; see `send`. */
const defaultSendBufferBytes = 128 * 1024

export class NetlinkSocket {
  readonly #fd: number
  readonly #port: number
  readonly #buffer = new Uint8Array(datagramBytes)
  readonly #writer = new MessageWriter()
  #sendBufferBytes = defaultSendBufferBytes
  #sequence = 0
  #isClosed = false

  private constructor(fd: number) {
    this.#fd = fd
    this.#port = descriptor.portOf(fd)
  }

  /** `protocol` is for example NETLINK_ROUTE. @throws SyscallError */
  static open(protocol: number, options: NetlinkSocketOptions = {}): NetlinkSocket {
    const fd = descriptor.openDescriptor(protocol, options.netns)
    try {
      descriptor.setSendBuffer(fd, defaultSendBufferBytes)
      descriptor.setReceiveBuffer(fd, options.receiveBufferBytes ?? defaultReceiveBufferBytes)
      if (options.strict === true) descriptor.checkStrictly(fd)
      return new NetlinkSocket(fd)
    } catch (error) {
      descriptor.closeDescriptor(fd)
      throw error
    }
  }

  /** By which events name this socket as the one that caused them. */
  get port(): number {
    return this.#port
  }

  /** The first of `count` numbers in a row, from 1. */
  takeSequence(count = 1): number {
    if (this.#sequence + count > 0xffffffff) this.#sequence = 0
    const first = this.#sequence + 1
    this.#sequence += count
    return first
  }

  /** Asks, and returns what was answered before the acknowledgement. @throws NetlinkError when it is refused */
  request(request: NetlinkRequest): readonly NetlinkMessage[] {
    const sequence = this.#send(request, NLM_F_ACK)
    const answers = this.receiveAnswers(sequence, sequence)
    this.#check(request, answers)
    if (!answers.granted.has(sequence)) throw new NetlinkError(`${request.what}: no answer`, 'ENODATA')
    return answers.messages
  }

  /** All entries, as they were at one moment. @throws NetlinkError when it is refused, or never consistent */
  dump(request: NetlinkRequest): readonly NetlinkMessage[] {
    for (let attempt = 1; attempt <= dumpAttempts; attempt++) {
      const sequence = this.#send(request, NLM_F_DUMP)
      const answers = this.receiveAnswers(sequence, sequence)
      this.#check(request, answers)
      if (!answers.granted.has(sequence)) throw new NetlinkError(`${request.what}: no end`, 'ENODATA')
      if (!answers.messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0)) return answers.messages
    }
    throw new NetlinkError(`${request.what}: changed while it was read, ${dumpAttempts} times`, 'EINTR')
  }

  /**
   * Sends messages as one; the caller numbered them by `takeSequence`. The send buffer grows as needed.
   *
   * @throws SyscallError; ENOBUFS or EMSGSIZE when they are too many
   */
  send(bytes: Uint8Array): void {
    this.#discardStale()
    if (bytes.length + sendOverheadBytes > this.#sendBufferBytes) {
      this.#sendBufferBytes = bytes.length * 2
      descriptor.setSendBuffer(this.#fd, this.#sendBufferBytes)
    }
    descriptor.sendBytes(this.#fd, bytes)
  }

  /** All that waits, of the requests with these sequence numbers. @throws NetlinkDecodeError, SyscallError */
  receiveAnswers(first: number, last: number): Answers {
    const answers: Gathered = { messages: [], granted: new Set(), refusals: [], isIncomplete: false }
    for (;;) {
      const received = descriptor.receiveBytes(this.#fd, this.#buffer)
      if (received === -errno.EAGAIN) return answers
      if (received === -errno.ENOBUFS) answers.isIncomplete = true
      else if (received < 0) throw new SyscallError('recv', errnoName(-received))
      else if (received > this.#buffer.length) throw new SyscallError('recv', 'EMSGSIZE')
      else gather(readMessages(this.#buffer.slice(0, received)), first, last, answers)
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    descriptor.closeDescriptor(this.#fd)
  }

  #send({ type, flags = 0, body }: NetlinkRequest, moreFlags: number): number {
    const sequence = this.takeSequence()
    this.#writer.clear()
    this.#writer.startMessage(type, NLM_F_REQUEST | flags | moreFlags, sequence)
    body(this.#writer)
    this.#writer.endMessage()
    this.send(this.#writer.bytes)
    return sequence
  }

  #check({ what }: NetlinkRequest, { refusals, isIncomplete }: Answers): void {
    const [refusal] = refusals
    if (refusal !== undefined) throw new NetlinkError(what, refusal.errno, refusal.message)
    if (isIncomplete) throw new NetlinkError(what, 'ENOBUFS')
  }

  /** Answers to a request that failed half-way are nobody's any more. */
  #discardStale(): void {
    while (descriptor.receiveBytes(this.#fd, this.#buffer) !== -errno.EAGAIN);
  }
}

/** netlink_sendmsg() keeps 32 bytes of the buffer for itself. */
const sendOverheadBytes = 32

interface Gathered {
  readonly messages: NetlinkMessage[]
  readonly granted: Set<number>
  readonly refusals: Refusal[]
  isIncomplete: boolean
}

function gather(messages: readonly NetlinkMessage[], first: number, last: number, into: Gathered): void {
  for (const message of messages) {
    if (message.sequence < first || message.sequence > last || message.type === NLMSG_NOOP) continue
    if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) {
      into.messages.push(message)
      continue
    }
    // NLMSG_DONE has the same code, and with newer kernels the same details behind it.
    const refusal = message.type === NLMSG_ERROR ? readRefusal(message) : readDoneRefusal(message)
    if (refusal === undefined) into.granted.add(message.sequence)
    else into.refusals.push(refusal)
  }
}

/** A dump that failed on its way ends with a negative code. */
function readDoneRefusal({ payload, sequence }: NetlinkMessage): Refusal | undefined {
  const code = payload.length >= 4 ? payload.i32() : 0
  if (code >= 0) return undefined
  return { sequence, errno: errnoName(-code), message: undefined, offset: undefined }
}
