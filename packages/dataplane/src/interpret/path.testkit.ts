/** What a node's compiled tables do with a packet on its way through all hooks. Source: spec/dataplane.md 1.1. */
import type { TableContent } from '@margay/netlink/nftables'
import { conntrackStatus } from '@margay/netlink/nftables'
import { type Flow, hasPorts, type Leg, type PathPacket } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { interpret, type Outcome, type Packet } from './interpret.testkit.ts'

/** Of each hook that it meets, up to the one that drops it. */
export function traverse(inet: TableContent, packet: PathPacket): Outcome[] {
  const way = new Way(inet, packet)
  return packet.inInterface === undefined ? way.output() : way.arrive()
}

class Way {
  readonly #inet: TableContent
  readonly #packet: PathPacket
  readonly #outcomes: Outcome[] = []

  constructor(inet: TableContent, packet: PathPacket) {
    this.#inet = inet
    this.#packet = packet
  }

  arrive(): Outcome[] {
    const { inInterface, original, translated } = this.#packet
    this.#meet('prerouting', original, inInterface, undefined)
    this.#meet('prerouting-before-dnat', original, inInterface, undefined)
    const leg = this.#isUntracked ? original : (translated ?? original)
    if (leg.outInterface === undefined) return this.#meet('input', leg, inInterface, undefined)
    this.#meet('forward', leg, inInterface, leg.outInterface)
    this.#meet('forward-out', leg, inInterface, leg.outInterface)
    return this.#meet('postrouting', leg, inInterface, leg.outInterface)
  }

  /** The first way out is known before translation, the last one behind it. */
  output(): Outcome[] {
    const { original, translated } = this.#packet
    const out = (leg: Leg) => leg.outInterface ?? 'lo'
    this.#meet('output-untracked', original, undefined, out(original))
    const leg = this.#isUntracked ? original : (translated ?? original)
    this.#meet('output', leg, undefined, out(original))
    return this.#meet('postrouting', leg, undefined, out(leg))
  }

  get #isUntracked(): boolean {
    return this.#outcomes.some(({ isUntracked }) => isUntracked)
  }

  #meet(base: string, leg: Leg, iifname: string | undefined, oifname: string | undefined): Outcome[] {
    const last = this.#outcomes.at(-1)
    if (last?.verdict === 'drop' || !this.#inet.chains.has(base)) return this.#outcomes
    const isTranslated = this.#packet.translated !== undefined && !this.#isUntracked
    const headers = headersOf(leg.flow)
    this.#outcomes.push(
      interpret(this.#inet, base, {
        ...{ ...headers, iifname, oifname, mark: last?.mark ?? 0, isUntracked: this.#isUntracked },
        status: isTranslated ? conntrackStatus.dnat : 0,
      }),
    )
    return this.#outcomes
  }
}

type Headers = Pick<Packet, 'version' | 'network' | 'protocol' | 'transport'>

export function headersOf({ source, destination, ipVersion, protocol, ...flow }: Flow): Headers {
  const lead = new Uint8Array(ipVersion === 4 ? 12 : 8)
  const addresses = [source, destination].map(({ address }) =>
    address === undefined ? new Uint8Array(ipVersion === 4 ? 4 : 16) : bytes.address(address),
  )
  const transport = transportOf(protocol, flow)
  return { version: ipVersion, network: bytes.concat(lead, ...addresses), protocol, transport }
}

/** Where there are no ports, something that looks like a port of the rules. */
function transportOf(
  protocol: number,
  { sourcePort, destinationPort, icmp }: Pick<Flow, 'sourcePort' | 'destinationPort' | 'icmp'>,
): Uint8Array {
  if (icmp !== undefined) return Uint8Array.of(icmp.type, icmp.code, 0, 80, 0, 0, 0, 0)
  const ports = hasPorts(protocol) ? [sourcePort ?? 0, destinationPort ?? 0] : [80, 80]
  return Uint8Array.from(ports.flatMap((port) => [port >> 8, port & 0xff]))
}
