/**
 * Which of the liar's packets passed: seen by taps at a pod of its node, and where the other node's uplink and pod receive; and
 * counted where its own node hands them to itself, behind every filter.
 */
import { etherTypes, type LabNode, LinkSocket } from '@margay/lab'
import type { Players } from './players.ts'

const signature = Buffer.from('5af0', 'hex')
export const payloadLength = 16

/** All that tells packets apart is in the last eight bytes, which are in one fragment. */
export function payloadOf(run: number, index: number): Buffer {
  const bytes = Buffer.alloc(payloadLength)
  signature.copy(bytes, 8)
  bytes.writeUInt16BE(run, 10)
  bytes.writeUInt32BE(index, 12)
  return bytes
}

function markOf(run: number): Buffer {
  return payloadOf(run, 0).subarray(8, 12)
}

export class Witness {
  readonly #players: Players
  readonly #taps: readonly LinkSocket[]

  private constructor(players: Players) {
    this.#players = players
    const places = [players.near, players.far, players.otherNode]
    this.#taps = places.flatMap(({ netns }) =>
      [etherTypes.ipv4, etherTypes.ipv6].map(
        (etherType) => new LinkSocket({ netns, device: 'eth0', etherType }),
      ),
    )
  }

  static async place(players: Players): Promise<Witness> {
    await players.lab.runInNode(players.node, 'nft', ['-f', '-'], countsDelivered)
    return new Witness(players)
  }

  /** Sends, and says how many of the packets passed. `index` is from 0 to below 2^32. */
  async passed(run: number, send: () => void): Promise<number> {
    const delivered = await this.#delivered()
    send()
    const seen = this.#seen(run)
    return seen + (await this.#delivered()) - delivered
  }

  close(): void {
    for (const tap of this.#taps) tap.close()
  }

  /** A packet is on its way while its sender's system call lasts, so nothing can come any more. */
  #seen(run: number): number {
    const mark = markOf(run)
    const seen = new Set<number>()
    for (const tap of this.#taps) {
      for (let hasMore = true; hasMore; ) {
        hasMore = false
        tap.receive(({ bytes }) => {
          hasMore = true
          const at = bytes.indexOf(mark)
          if (at >= 0 && !isIcmpError(bytes)) seen.add(bytes.readUInt32BE(at + 4))
        })
      }
    }
    return seen.size
  }

  async #delivered(): Promise<number> {
    return countedAt(this.#players, this.#players.node)
  }
}

/** An ICMP error quotes the packet that it is about: that one is counted where it arrived. */
function isIcmpError(frame: Buffer): boolean {
  const isIpv6 = frame.readUInt16BE(12) === etherTypes.ipv6
  return isIpv6 ? frame.readUInt8(20) === 58 && frame.readUInt8(54) < 128 : frame.readUInt8(23) === 1
}

async function countedAt({ lab }: Players, node: LabNode): Promise<number> {
  const { stdout } = await lab.runInNode(node, 'nft', ['list', 'table', 'inet', 'witness'])
  return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Far behind all filters. Neighbour discovery is another matter: forged-neighbours.ts. */
const countsDelivered = `add table inet witness
add chain inet witness input { type filter hook input priority 1000; policy accept; }
add rule inet witness input iifname "cali*" meta l4proto { 4, 6, 17, 47 } counter
add rule inet witness input iifname "cali*" icmpv6 type echo-request counter
`
