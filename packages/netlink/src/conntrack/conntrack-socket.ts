/** The connections that a network namespace tracks, as conntrack(8) shows and deletes them. */
import { NetlinkError } from '../errors.ts'
import { Span } from '../message/attributes.ts'
import { NETLINK_NETFILTER } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { decodeIp, encodeIp, familyOfIp, type IpFamily } from '../route/ip-bytes.ts'
import { NetlinkSocket } from '../socket/netlink-socket.ts'
import {
  addressPlaces,
  type Connection,
  decodeConnection,
  involves,
  writeAddressFilter,
  writeConnection,
  writeConntrackHeader,
} from './connections.ts'
import { CTNL_DELETE, CTNL_GET } from './constants.ts'

export class ConntrackSocket {
  readonly #socket: NetlinkSocket

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /** `netns` is a name as `ip netns` knows it, or a path; without it, where the thread is. @throws SyscallError */
  static open(netns?: string): ConntrackSocket {
    return new ConntrackSocket(NetlinkSocket.open(NETLINK_NETFILTER, netns === undefined ? {} : { netns }))
  }

  close(): void {
    this.#socket.close()
  }

  /** Of both families unless told. About 4 µs each. @throws NetlinkError */
  connections(family?: IpFamily): Connection[] {
    return this.#dump((writer) => writeConntrackHeader(writer, family))
  }

  /** Those that have the address at either end, before or after translation. @throws NetlinkError, RangeError */
  connectionsOf(address: string): Connection[] {
    const canonical = decodeIp(Span.of(encodeIp(address)))
    const found = familyOfIp(canonical) === 4 ? this.#filtered(canonical) : this.connections(6)
    const unique = new Map(found.map((each) => [keyOf(each), each]))
    return [...unique.values()].filter((each) => involves(each, canonical))
  }

  /** How many it deleted: `connectionsOf` an address. The next packet of each begins a new connection. @throws NetlinkError */
  forgetAddress(address: string): number {
    return this.connectionsOf(address).filter((each) => this.delete(each)).length
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
   * The kernel looks for the address, which spares reading what may be hundreds of thousands. Not for IPv6: it then sends
   * those that do not have the address (ctnetlink_filter_match_tuple has its IPv6 comparison the wrong way round; seen in
   * Linux 6.18).
   */
  #filtered(address: string): Connection[] {
    return addressPlaces.flatMap((place) =>
      this.#dump((writer) => writeAddressFilter(writer, address, place)),
    )
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
