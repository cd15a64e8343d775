/**
 * Copies of packets that rules log to a group (NFLOG). The packets themselves have gone on: nothing waits for who reads them.
 *
 * The kernel puts a copy into the socket before its packet goes on, so who has seen what a packet brought about finds the packet here.
 */
import { NetlinkError, SyscallError } from '../errors.ts'
import { readRefusal } from '../message/acknowledgement.ts'
import { NETLINK_NETFILTER, NLMSG_ERROR } from '../message/constants.ts'
import { MessageWriter } from '../message/message-writer.ts'
import { type NetlinkMessage, readMessages } from '../message/messages.ts'
import * as descriptor from '../socket/descriptor.ts'
import { errno, errnoName } from '../syscalls/errno.ts'
import { NFULNL_MSG_PACKET } from './constants.ts'
import { writeBind } from './messages.ts'
import { decodeLoggedPacket, type LoggedPacket } from './packet.ts'

export interface PacketLogOptions {
  /** A name as `ip netns` knows it, or a path such as `/proc/1/ns/net`. Without it: where the thread is. */
  readonly netns?: string
  /** 0 to 65535. One program at a time can have it, in each network namespace. */
  readonly group: number
  /** Of each packet, at most; 65,531. */
  readonly copyBytes?: number
  /** For copies that wait until they are read; 8 MiB. What has no room is lost to the reader alone. */
  readonly receiveBufferBytes?: number
}

const defaultReceiveBufferBytes = 8 * 1024 * 1024
const wholePackets = 0xffff
const datagramBytes = 128 * 1024
const sequence = 1

export class PacketLog {
  readonly #fd: number
  readonly #buffer = new Uint8Array(datagramBytes)
  #next = 0
  #lost = 0
  #isClosed = false

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Copies from now on. @throws NetlinkError: EBUSY when another program has the group, EPERM without rights; SyscallError; RangeError */
  static open({ netns, group, copyBytes = wholePackets, receiveBufferBytes }: PacketLogOptions): PacketLog {
    if (!Number.isInteger(group) || group < 0 || group > 0xffff)
      throw new RangeError(`groups of packet logs are 0 to 65535, not ${group}`)
    const log = new PacketLog(descriptor.openDescriptor(NETLINK_NETFILTER, netns))
    try {
      descriptor.setReceiveBuffer(log.#fd, receiveBufferBytes ?? defaultReceiveBufferBytes)
      // What is lost is known by the numbers that are missing.
      descriptor.ignoreOverruns(log.#fd)
      log.#bind(group, copyBytes)
      return log
    } catch (error) {
      log.close()
      throw error
    }
  }

  /** Copies for which there was no room, as far as later ones tell. */
  get lost(): number {
    return this.#lost
  }

  /** All that waits, at most `most`, in the order in which packets came. @throws SyscallError, NetlinkDecodeError */
  read(most = Number.POSITIVE_INFINITY): LoggedPacket[] {
    const packets: LoggedPacket[] = []
    while (packets.length < most) {
      const messages = this.#receive()
      if (messages === undefined) break
      for (const message of messages)
        if (message.type === NFULNL_MSG_PACKET) packets.push(this.#packetIn(message))
    }
    return packets
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    descriptor.closeDescriptor(this.#fd)
  }

  #packetIn(message: NetlinkMessage): LoggedPacket {
    const packet = decodeLoggedPacket(message.payload)
    this.#lost += (packet.sequence - this.#next) >>> 0
    this.#next = (packet.sequence + 1) >>> 0
    return packet
  }

  /** The kernel has answered when send(2) returns, but copies may have come first: they were made before anybody knew of the log. */
  #bind(group: number, copyBytes: number): void {
    const writer = new MessageWriter()
    writeBind(writer, sequence, { group, copyBytes })
    descriptor.sendBytes(this.#fd, writer.bytes)
    for (let messages = this.#receive(); messages !== undefined; messages = this.#receive()) {
      for (const message of messages) if (message.type === NFULNL_MSG_PACKET) this.#packetIn(message)
      const answer = messages.find((it) => it.type === NLMSG_ERROR && it.sequence === sequence)
      if (answer === undefined) continue
      const refused = readRefusal(answer)?.errno
      if (refused !== undefined) throw new NetlinkError(`take packet log ${group}`, refused)
      return
    }
    throw new NetlinkError(`take packet log ${group}`, 'ENODATA')
  }

  /** One datagram, which is there until the next is received; undefined where none waits. */
  #receive(): NetlinkMessage[] | undefined {
    if (this.#isClosed) return undefined
    const received = descriptor.receiveBytes(this.#fd, this.#buffer)
    if (received === -errno.EAGAIN) return undefined
    if (received < 0) throw new SyscallError('recv', errnoName(-received))
    if (received > this.#buffer.length) throw new SyscallError('recv', 'EMSGSIZE')
    return readMessages(this.#buffer.subarray(0, received))
  }
}
