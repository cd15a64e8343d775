/**
 * DNS over TCP: whole messages out of the segments of many connections.
 *
 * A connection is followed from its SYN on: borders of messages can't be guessed. One that misbehaves is given up: its messages are not
 * learnt. Bounded by pair of hosts, so that a client with many connections loses its own, and in all; who was silent longest goes first.
 */
import { addressKey } from './cache/known.ts'
import type { TcpPacket } from './packet.ts'
import { TcpStream } from './tcp-stream.ts'

export interface StreamLimits {
  /** Directions of connections: two of each. */
  readonly streams: number
  readonly streamsOfHosts: number
  /** Parts of messages, and segments that came too early. */
  readonly heldBytes: number
  readonly heldBytesOfHosts: number
}

export const defaultStreamLimits: StreamLimits = {
  streams: 10_000,
  streamsOfHosts: 200,
  heldBytes: 16 * 1024 * 1024,
  heldBytesOfHosts: 1024 * 1024,
}

/** `unfollowed`: data of a connection whose SYN was not seen, or that was given up; the others: streams that were. */
export type StreamCount = 'unfollowed' | 'given-up' | 'pushed-out'

interface Followed {
  readonly key: string
  readonly hosts: Hosts
  readonly stream: TcpStream
  heldBytes: number
}

/** What two hosts have between them. */
interface Hosts {
  readonly key: string
  /** Who was silent longest first. */
  readonly streams: Set<Followed>
  heldBytes: number
}

export class TcpStreams {
  readonly counts: Record<StreamCount, number> = { unfollowed: 0, 'given-up': 0, 'pushed-out': 0 }
  readonly #limits: StreamLimits
  /** Who was silent longest first. */
  readonly #streams = new Map<string, Followed>()
  readonly #hosts = new Map<string, Hosts>()
  #heldBytes = 0

  constructor(limits = defaultStreamLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#streams.size
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The messages that end in this segment. */
  take(packet: TcpPacket): Uint8Array[] {
    const key = streamKey(packet)
    if (packet.isSyn) this.#begin(key, packet)
    const followed = this.#streams.get(key)
    if (followed === undefined) return this.#unfollowed(packet)
    const messages = this.#takeData(followed, packet)
    if (packet.isReset) this.#end(followed)
    return messages
  }

  #unfollowed({ data }: TcpPacket): Uint8Array[] {
    if (data.length > 0) this.counts.unfollowed++
    return []
  }

  /** A SYN that is sent again changes nothing. */
  #begin(key: string, packet: TcpPacket): void {
    const next = dataSequence(packet)
    const before = this.#streams.get(key)
    if (before?.stream.beginsAt(next)) return
    if (before !== undefined) this.#end(before)
    const hosts = this.#hostsOf(packet)
    this.#add({ key, hosts, stream: new TcpStream(next), heldBytes: 0 })
    this.#makeRoom(hosts)
  }

  #takeData(followed: Followed, packet: TcpPacket): Uint8Array[] {
    this.#touch(followed)
    const messages = followed.stream.take(dataSequence(packet), packet.data)
    if (messages === undefined) {
      this.counts['given-up']++
      this.#end(followed)
      return []
    }
    this.#recount(followed, followed.stream.heldBytes)
    const end = (dataSequence(packet) + packet.data.length) >>> 0
    if (packet.isFin && followed.stream.isSeenTo(end)) this.#end(followed)
    else this.#makeRoom(followed.hosts)
    return messages
  }

  #makeRoom(hosts: Hosts): void {
    const { streams, streamsOfHosts, heldBytes, heldBytesOfHosts } = this.#limits
    while (hosts.streams.size > streamsOfHosts || hosts.heldBytes > heldBytesOfHosts)
      this.#pushOut(hosts.streams)
    while (this.#streams.size > streams || this.#heldBytes > heldBytes) this.#pushOut(this.#streams.values())
  }

  #pushOut(streams: Iterable<Followed>): void {
    for (const followed of streams) {
      this.counts['pushed-out']++
      this.#end(followed)
      return
    }
  }

  #add(followed: Followed): void {
    this.#streams.set(followed.key, followed)
    followed.hosts.streams.add(followed)
    this.#hosts.set(followed.hosts.key, followed.hosts)
  }

  #touch(followed: Followed): void {
    this.#streams.delete(followed.key)
    this.#streams.set(followed.key, followed)
    followed.hosts.streams.delete(followed)
    followed.hosts.streams.add(followed)
  }

  #recount(followed: Followed, heldBytes: number): void {
    const more = heldBytes - followed.heldBytes
    followed.heldBytes = heldBytes
    followed.hosts.heldBytes += more
    this.#heldBytes += more
  }

  #end(followed: Followed): void {
    this.#recount(followed, 0)
    this.#streams.delete(followed.key)
    followed.hosts.streams.delete(followed)
    if (followed.hosts.streams.size === 0) this.#hosts.delete(followed.hosts.key)
  }

  #hostsOf({ source, destination }: TcpPacket): Hosts {
    const key = [addressKey(source), addressKey(destination)].sort().join(' ')
    return this.#hosts.get(key) ?? { key, streams: new Set(), heldBytes: 0 }
  }
}

function dataSequence({ sequence, isSyn }: TcpPacket): number {
  return isSyn ? (sequence + 1) >>> 0 : sequence
}

function streamKey({ source, sourcePort, destination, destinationPort }: TcpPacket): string {
  return `${addressKey(source)} ${sourcePort} ${addressKey(destination)} ${destinationPort}`
}
