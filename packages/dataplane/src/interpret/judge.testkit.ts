/** What the compiled tables of all nodes do with a packet from one member of a cast to another. */
import type { TableContent } from '@margay/netlink/nftables'
import { type Ip, parseIp } from '@margay/netset'
import type { Endpoint, NamedAddress, PolicyState, StateDelta } from '@margay/policy'
import type { Cast, Packet as CastPacket } from '@margay/testkit'
import { Compiler } from '../compile/compile.ts'
import type { CompileOptions } from '../compile/options.ts'
import * as bytes from '../emit/bytes.ts'
import { interpret, type Outcome, type Packet } from './interpret.testkit.ts'

export class CompiledCast {
  #state: PolicyState
  readonly #cast: Cast
  readonly #byNode: ReadonlyMap<string, Compiler>

  constructor(state: PolicyState, cast: Cast, options: CompileOptions) {
    this.#state = state
    this.#cast = cast
    this.#byNode = new Map(cast.nodes.map(({ name }) => [name, new Compiler(options)]))
    this.update(state, undefined)
  }

  /** See `Compiler`. */
  update(state: PolicyState, delta: StateDelta | undefined): void {
    this.#state = state
    for (const [name, compiler] of this.#byNode)
      compiler.update(state, delta, { name, interfaces: [], linkLocals: new Map() })
  }

  learn(changes: readonly NamedAddress[]): void {
    for (const compiler of this.#byNode.values()) compiler.learn(changes)
  }

  tidy(): void {
    for (const compiler of this.#byNode.values()) compiler.tidy()
  }

  /** Each hop through a node, up to the one that drops. A packet to its own sender meets none. */
  hops(packet: CastPacket): Outcome[] {
    const [source, destination] = [ipOf(packet.sourceIp), ipOf(packet.destinationIp)]
    const [from, to] = [this.#state.peerAt(source).endpoint, this.#state.peerAt(destination).endpoint]
    if (from !== undefined && from === to) return []
    if (from !== undefined && from.node === to?.node) return this.#through(from.node, packet, from, to)
    const first = from === undefined ? [] : this.#through(from.node, packet, from, undefined)
    if (first.some(({ verdict }) => verdict === 'drop') || to === undefined) return first
    return [...first, ...this.#through(to.node, packet, undefined, to)]
  }

  #through(
    node: string | undefined,
    packet: CastPacket,
    from: Endpoint | undefined,
    to: Endpoint | undefined,
  ): Outcome[] {
    const inet = this.#tableOf(node)
    const isToNode = this.#cast.nodes.some(
      ({ name, addresses }) => name === node && addresses.includes(packet.destinationIp),
    )
    const seen = (base: string) =>
      interpret(inet, base, {
        ...headersOf(packet),
        iifname: from?.interfaceName ?? 'eth0',
        oifname: base === 'forward' ? (to?.interfaceName ?? 'eth0') : undefined,
      })
    const raw = seen('prerouting')
    return raw.verdict === 'drop' ? [raw] : [raw, seen(isToNode ? 'input' : 'forward')]
  }

  #tableOf(node: string | undefined): TableContent {
    const inet = this.#byNode.get(node ?? '')?.ruleset()[0]
    if (inet === undefined) throw new Error(`no node ${node}`)
    return inet
  }
}

type Headers = Pick<Packet, 'version' | 'network' | 'protocol' | 'transport'>

function headersOf(packet: CastPacket): Headers {
  const [source, destination] = [ipOf(packet.sourceIp), ipOf(packet.destinationIp)]
  const lead = new Uint8Array(source.version === 4 ? 12 : 8)
  return {
    version: source.version,
    network: bytes.concat(lead, bytes.address(source), bytes.address(destination)),
    protocol: packet.protocol,
    transport: transportOf(packet),
  }
}

/** Where there are no ports, something that looks like a port of the rules. */
function transportOf({ sourcePort, destinationPort, icmp }: CastPacket): Uint8Array {
  const checksum = [0, 80]
  if (icmp !== undefined) return Uint8Array.of(icmp.type, icmp.code, ...checksum, 0, 0, 0, 0)
  const ports = [sourcePort ?? 0, destinationPort ?? 80]
  return Uint8Array.from(ports.flatMap((port) => [port >> 8, port & 0xff]))
}

function ipOf(text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new Error(`${text} is no address`)
  return ip
}
