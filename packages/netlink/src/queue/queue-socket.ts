/** The socket of one queue: takes it, and sends and receives whole datagrams. */
import { NetlinkError, SyscallError } from '../errors.ts'
import { readRefusal } from '../message/acknowledgement.ts'
import { NETLINK_NETFILTER, NLMSG_ERROR } from '../message/constants.ts'
import { MessageWriter } from '../message/message-writer.ts'
import { type NetlinkMessage, readMessages } from '../message/messages.ts'
import * as descriptor from '../socket/descriptor.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import { NFQNL_MSG_PACKET } from './constants.ts'
import { type QueueSettings, writeBind, writeNothing } from './messages.ts'
import { decodePacket, type QueuedPacket } from './packet.ts'

/** One packet fills up to 65,531 bytes and a header. */
const datagramBytes = 128 * 1024

export class QueueSocket {
  readonly fd: number
  readonly #buffer = new Uint8Array(datagramBytes)
  readonly #writer = new MessageWriter()
  #sequence = 0

  /** @throws SyscallError */
  constructor(netns: string | undefined, receiveBufferBytes: number) {
    this.fd = descriptor.openDescriptor(NETLINK_NETFILTER, netns)
    try {
      descriptor.setReceiveBuffer(this.fd, receiveBufferBytes)
      // A packet that does not fit is not lost with us, but passes or is dropped, and its number is missing: see HeldPackets.
      descriptor.ignoreOverruns(this.fd)
    } catch (error) {
      descriptor.closeDescriptor(this.fd)
      throw error
    }
  }

  /** Packets that came before the kernel's answer. @throws NetlinkError when the queue can't be taken */
  bind(settings: QueueSettings): QueuedPacket[] {
    const { refused, others } = this.#ask((writer, sequence) => writeBind(writer, sequence, settings))
    if (refused === undefined) return others
    const what = `take packet queue ${settings.number}`
    // The kernel has one error for two reasons.
    if (refused !== 'EPERM' || !this.#mayConfigure()) throw new NetlinkError(what, refused)
    throw new NetlinkError(what, 'EBUSY', 'another program has it')
  }

  /** All that `write` writes, in one datagram. @throws SyscallError */
  send(write: (writer: MessageWriter) => void): void {
    this.#writer.clear()
    write(this.#writer)
    descriptor.sendBytes(this.fd, this.#writer.bytes)
  }

  /** Those of one datagram; undefined when none waits. @throws SyscallError, NetlinkDecodeError; NetlinkError for a verdict that was refused */
  receive(): QueuedPacket[] | undefined {
    return this.#receive()?.flatMap(packetIn)
  }

  close(): void {
    descriptor.closeDescriptor(this.fd)
  }

  #mayConfigure(): boolean {
    return this.#ask(writeNothing).refused === undefined
  }

  /** The kernel has answered when send(2) returns, but packets may have come first. */
  #ask(write: (writer: MessageWriter, sequence: number) => void) {
    const sequence = ++this.#sequence
    this.send((writer) => write(writer, sequence))
    const others: QueuedPacket[] = []
    for (;;) {
      const messages = this.#receive()
      if (messages === undefined) return { refused: 'ENODATA', others }
      const answer = messages.find((message) => message.type === NLMSG_ERROR && message.sequence === sequence)
      if (answer !== undefined) return { refused: readRefusal(answer)?.errno, others }
      others.push(...messages.flatMap(packetIn))
    }
  }

  /** One datagram, which is there until the next is received. */
  #receive(): NetlinkMessage[] | undefined {
    const received = descriptor.receiveBytes(this.fd, this.#buffer)
    if (received === -errno.EAGAIN) return undefined
    if (received < 0) throw new SyscallError('recv', errnoName(-received))
    if (received > this.#buffer.length) throw new SyscallError('recv', 'EMSGSIZE')
    return readMessages(this.#buffer.subarray(0, received))
  }
}

function packetIn(message: NetlinkMessage): QueuedPacket[] {
  if (message.type === NFQNL_MSG_PACKET) return [decodePacket(message.payload)]
  const refusal = message.type === NLMSG_ERROR ? readRefusal(message) : undefined
  // That the packet is not there any more is what happens when its link goes away.
  if (refusal === undefined || refusal.errno === 'ENOENT') return []
  throw new NetlinkError('verdict of packets', refusal.errno, refusal.message)
}
