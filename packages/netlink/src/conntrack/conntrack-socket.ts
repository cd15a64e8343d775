/** The connections that a network namespace tracks, as conntrack(8) shows and deletes them. */
import { NetlinkError } from '../errors.ts'
import { Span } from '../message/attributes.ts'
import { NETLINK_NETFILTER } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { decodeIp, encodeIp, familyOfIp, type IpFamily } from '../route/ip-bytes.ts'
import { NetlinkSocket } from '../socket/netlink-socket.ts'
import {
  type Connection,
  conntrackHeaderBytes,
  decodeConnection,
  writeConnection,
  writeConntrackHeader,
  writeSourceFilter,
} from './connections.ts'
import { CTA_STATS_GLOBAL_ENTRIES, CTNL_DELETE, CTNL_GET, CTNL_GET_STATS } from './constants.ts'

/** Reading these takes as long as one of the kernel's walks. */
const defaultFewConnections = 2500

export interface ConntrackOptions {
  /** Up to so many, all are read to find those of an address. */
  readonly fewConnections?: number
}

export class ConntrackSocket {
  readonly #socket: NetlinkSocket
  readonly #fewConnections: number

  private constructor(socket: NetlinkSocket, fewConnections: number) {
    this.#socket = socket
    this.#fewConnections = fewConnections
  }

  /** `netns` is a name as `ip netns` knows it, or a path; without it, where the thread is. @throws SyscallError */
  static open(netns?: string, options: ConntrackOptions = {}): ConntrackSocket {
    const socket = NetlinkSocket.open(NETLINK_NETFILTER, netns === undefined ? {} : { netns })
    return new ConntrackSocket(socket, options.fewConnections ?? defaultFewConnections)
  }

  close(): void {
    this.#socket.close()
  }

  /** Of both families unless told. About 4 µs each. @throws NetlinkError */
  connections(family?: IpFamily): Connection[] {
    return this.#dump((writer) => writeConntrackHeader(writer, family))
  }

  /**
   * Those that the holder of one of the addresses began, or answers: also where a service or the node stands in between. An
   * address that only translation put in (a service's, a masquerading node's) is not its holder's.
   *
   * @throws NetlinkError, RangeError when it is no address
   */
  connectionsOf(addresses: readonly string[]): Connection[] {
    const holders = new Set(addresses.map((address) => decodeIp(Span.of(encodeIp(address)))))
    if (holders.size === 0) return []
    return this.#candidates([...holders]).filter(
      ({ original, reply }) => holders.has(original.source) || holders.has(reply.source),
    )
  }

  /** How many connections there are, of both families. @throws NetlinkError */
  count(): number {
    const [answer] = this.#socket.request({
      what: 'count connections',
      type: CTNL_GET_STATS,
      body: (writer) => writeConntrackHeader(writer, undefined),
    })
    if (answer === undefined) throw new NetlinkError('count connections: no answer', 'ENODATA')
    return answer.payload.after(conntrackHeaderBytes).attributes().need(CTA_STATS_GLOBAL_ENTRIES).u32Be()
  }

  /** How many it deleted: `connectionsOf` the addresses. The next packet of each begins a new one. @throws NetlinkError */
  forgetAddresses(addresses: readonly string[]): number {
    return this.connectionsOf(addresses).filter((each) => this.delete(each)).length
  }

  /** False when it had ended by itself. @throws NetlinkError */
  delete(connection: Connection): boolean {
    try {
      this.#socket.request({
        what: 'delete connection',
        type: CTNL_DELETE,
        body: (writer) => writeConnection(writer, connection),
      })
      return true
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === 'ENOENT') return false
      throw error
    }
  }

  /** All connections of this namespace. @throws NetlinkError */
  flush(): void {
    this.#socket.request({
      what: 'flush connections',
      type: CTNL_DELETE,
      body: (writer) => writeConntrackHeader(writer, undefined),
    })
  }

  /**
   * At least those of the addresses. The kernel walks through its whole table for each dump, which takes 10 ms where the
   * table could be large, so there is one dump for all unless there are many connections to read.
   */
  #candidates(addresses: readonly string[]): Connection[] {
    if (this.count() <= this.#fewConnections) return this.connections()
    const [ipv4 = [], ipv6 = []] = [4, 6].map((family) =>
      addresses.filter((each) => familyOfIp(each) === family),
    )
    return [...this.#ipv4Candidates(ipv4), ...(ipv6.length === 0 ? [] : this.connections(6))]
  }

  /**
   * The kernel can look for one address at a time. For IPv6 it then sends those that do not have it
   * (ctnetlink_filter_match_tuple has its IPv6 comparison the wrong way round; seen in Linux 6.18).
   */
  #ipv4Candidates([address, ...more]: readonly string[]): Connection[] {
    if (address === undefined) return []
    if (more.length > 0) return this.connections(4)
    const found = (['original', 'reply'] as const).flatMap((direction) =>
      this.#dump((writer) => writeSourceFilter(writer, address, direction)),
    )
    return [...new Map(found.map((each) => [keyOf(each), each])).values()]
  }

  #dump(body: (writer: MessageWriter) => void): Connection[] {
    const answers = this.#socket.dump({ what: 'list connections', type: CTNL_GET, body })
    return answers.flatMap(({ payload }) => decodeConnection(payload) ?? [])
  }
}

/** The id alone is a hash, and may be that of two. */
function keyOf({ id, zone, original }: Connection): string {
  return `${id} ${zone} ${JSON.stringify(original)}`
}
