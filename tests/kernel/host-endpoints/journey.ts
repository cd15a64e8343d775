/**
 * The way of a packet through the nodes of a lab, as the path evaluator decides on each, and whether an answer comes back.
 *
 * What arrives is compared with the kernel for every packet. Answers are, where there can be one: those of tracked
 * connections follow them, and only untracked policy is asked; those of untracked ones are packets like others. Nothing is expected
 * where it would depend on what conntrack makes of an answer whose question it never saw.
 */
import {
  evaluatePath,
  type GoverningEndpoints,
  type PathDecision,
  type PathPacket,
  type PolicyState,
} from '@margay/policy'
import { flowOf, hostInterfaces, type Packet } from '@margay/testkit'
import { type Place, placeAt, routeFrom, type Service, versionOf } from './places.ts'

export interface Surroundings {
  readonly places: readonly Place[]
  readonly services: readonly Service[]
}

export interface Rules {
  readonly state: PolicyState
  readonly governing: ReadonlyMap<string, GoverningEndpoints>
}

export interface Hop {
  readonly node: string
  /** Undefined: from a process of the node. */
  readonly from: string | undefined
  readonly packet: Packet
  readonly decision: PathDecision
  readonly isTranslated: boolean
  /** As it goes on. */
  readonly left: Packet
  /** Undefined: to a process of the node. */
  readonly to: string | undefined
}

export interface Journey {
  readonly hops: readonly Hop[]
  /** Undefined: nowhere. */
  readonly end: Place | undefined
  /** Undefined where nothing is known beforehand. */
  readonly isAnswered: boolean | undefined
}

const [uplink] = hostInterfaces
const loopback = 'lo'
const [udp, icmpv6] = [17, 58]

/** Up to the node that denies. Without rules, as far as it would go if all were allowed. */
export function journeyOf(surroundings: Surroundings, rules: Rules | undefined, packet: Packet): Journey {
  const way = new Way(surroundings, rules)
  const end = way.start(packet)
  const { hops } = way
  const isAnswered = end === undefined || rules === undefined ? false : answerOf(rules, hops)
  return { hops, end, isAnswered }
}

const allowed: PathDecision = { verdict: 'Allow', isDecided: true, stages: [] }

class Way {
  readonly hops: Hop[] = []
  readonly #places: readonly Place[]
  readonly #services: readonly Service[]
  readonly #rules: Rules | undefined

  constructor({ places, services }: Surroundings, rules: Rules | undefined) {
    this.#places = places
    this.#services = services
    this.#rules = rules
  }

  start(packet: Packet): Place | undefined {
    const source = placeAt(this.#places, packet.sourceIp)
    return source && this.#through(source.node, source.link, packet)
  }

  #through(node: string, from: string | undefined, packet: Packet): Place | undefined {
    const { left, to, decision } = this.#hop(node, from, packet)
    if (decision.verdict === 'Deny') return undefined
    // What a process of the node sends to the node comes in again.
    if (to === loopback) return this.#through(node, loopback, left)
    const place = placeAt(this.#places, left.destinationIp)
    const isThere = place !== undefined && place.node === node
    if (isThere || place === undefined) return place
    return this.#through(place.node, uplink, left)
  }

  #hop(node: string, from: string | undefined, packet: Packet): Hop {
    const service = from === loopback ? undefined : this.#serviceAt(node, packet)
    const original = this.#leg(node, from, packet)
    const translated = service && this.#leg(node, from, translate(packet, service))
    const decision = this.#decide(node, { from, original, translated })
    const isTranslated = translated !== undefined && !isUntracked(decision)
    const leg = isTranslated ? translated : original
    const left = isTranslated && service?.masquerades ? this.#masquerade(node, leg.packet) : leg.packet
    const hop = { node, from, packet, decision, isTranslated, left, to: leg.to }
    this.hops.push(hop)
    return hop
  }

  #leg(node: string, from: string | undefined, packet: Packet): { packet: Packet; to: string | undefined } {
    const to = routeFrom(this.#places, node, packet.destinationIp)
    return { packet, to: from === undefined ? (to ?? loopback) : to }
  }

  #decide(node: string, { from, original, translated }: Legs): PathDecision {
    return this.#rules === undefined ? allowed : decide(this.#rules, node, { from, original, translated })
  }

  #serviceAt(node: string, { destinationIp, destinationPort, protocol }: Packet): Service | undefined {
    return this.#services.find(
      (it) =>
        it.node === node &&
        it.protocol === protocol &&
        it.port === destinationPort &&
        it.ips.includes(destinationIp),
    )
  }

  /** The first address of each family is that of the interface by which other nodes are reached. */
  #masquerade(node: string, packet: Packet): Packet {
    const { addresses } = this.#places.find(({ kind, name }) => kind === 'node' && name === node) as Place
    const version = versionOf(packet.sourceIp)
    const own = addresses.find((address) => versionOf(address) === version)
    return own === undefined ? packet : { ...packet, sourceIp: own }
  }
}

interface Legs {
  readonly from: string | undefined
  readonly original: { readonly packet: Packet; readonly to: string | undefined }
  readonly translated: Legs['original'] | undefined
}

function translate(packet: Packet, { backend }: Service): Packet {
  return { ...packet, destinationIp: backend.ip, destinationPort: backend.port }
}

function decide(
  { state, governing }: Rules,
  node: string,
  { from, original, translated }: Legs,
): PathDecision {
  const leg = ({ packet, to }: Legs['original']) => ({ flow: flowOf(state, packet), outInterface: to })
  const packet: PathPacket = {
    inInterface: from,
    original: leg(original),
    translated: translated && leg(translated),
  }
  const known = governing.get(node) ?? { byInterface: new Map(), wildcard: undefined }
  return evaluatePath(state, { name: node, governing: known }, packet)
}

function isUntracked({ stages }: PathDecision): boolean {
  return stages.some(({ stage, action }) => stage === 'Untracked' && action === 'Allow')
}

function meetsUntracked({ stages }: PathDecision): boolean {
  return stages.some(({ stage }) => stage === 'Untracked')
}

function answerOf(rules: Rules, hops: readonly Hop[]): boolean | undefined {
  for (const hop of hops.toReversed()) {
    const passes = answerPasses(rules, hop)
    if (passes !== true) return passes
  }
  return true
}

/** Of an answer on its way back through one node, where its question went through. */
function answerPasses(rules: Rules, hop: Hop): boolean | undefined {
  const { node, from, to, left, isTranslated, decision: question } = hop
  const original = { packet: answerTo(left), to: from }
  const decision = decide(rules, node, { from: to, original, translated: undefined })
  const isLoopback = from === loopback || to === loopback
  const isJudgedUntracked = meetsUntracked(decision) || meetsUntracked(question)
  if (isLoopback && (isTranslated || isJudgedUntracked)) return undefined
  // Masqueraded, so that it goes to an address of the node: which of them, the kernel chooses.
  if (left.sourceIp === left.destinationIp && isJudgedUntracked) return undefined
  // Each packet of a tunnel is judged, whatever connection it belongs to.
  const early = decision.stages.find(({ stage }) => ['Untracked', 'Source', 'Tunnel'].includes(stage))
  if (early?.action === 'Deny') return false
  // It is tracked, and belongs to a connection.
  if (!isUntracked(decision) && !isUntracked(question)) return true
  if (isUntracked(decision) && !isTranslated) return decision.verdict === 'Allow'
  const isNewToConntrack = !isUntracked(decision) && left.protocol === udp
  return isNewToConntrack ? decision.verdict === 'Allow' : undefined
}

function answerTo({ sourceIp, destinationIp, sourcePort, destinationPort, ...rest }: Packet): Packet {
  return {
    ...rest,
    sourceIp: destinationIp,
    destinationIp: sourceIp,
    ...(destinationPort === undefined ? {} : { sourcePort: destinationPort }),
    ...(sourcePort === undefined ? {} : { destinationPort: sourcePort }),
    ...(rest.icmp === undefined ? {} : { icmp: replyTo(rest.protocol, rest.icmp) }),
  }
}

function replyTo(protocol: number, { code }: { readonly code: number }) {
  return { type: protocol === icmpv6 ? 129 : 0, code }
}
