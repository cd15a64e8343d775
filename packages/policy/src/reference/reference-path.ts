/**
 * The reference for a packet on its way through one node: the chains of spec/dataplane.md 1.2 to 1.10 one after the other,
 * with the mark that they hand on. It shares nothing with `evaluatePath`, which is held equal to it on random worlds.
 */
import type { Resource } from '@margay/resources'
import { type Cluster, inNet, type ReferencePod, readCluster } from './cluster.ts'
import {
  type ChainEnd,
  earlyChain,
  forwardChain,
  hostsAt,
  normalChain,
  type ReferenceInterface,
} from './hosts.ts'
import type { Crossing, Packet } from './packet.ts'
import { isLet, readCrossing } from './reference-verdict.ts'
import { type ReferenceSettings, readSettings } from './settings.ts'
import { tunnelInput, tunnelOutput } from './tunnels.ts'

export interface PathQuestion {
  readonly node: string
  /** Of the node itself; those of pods need not be named. */
  readonly interfaces: readonly ReferenceInterface[]
  /** Undefined: a process of the node. */
  readonly from: string | undefined
  readonly original: PathLeg
  readonly translated?: PathLeg | undefined
}

export interface PathLeg {
  readonly packet: Packet
  /** Undefined: to a process of the node. */
  readonly to: string | undefined
}

/** Leave: it is left to the rules of others. */
export type PathEnd = 'Accept' | 'Drop' | 'Leave'

export function referencePath(resources: readonly Resource[], question: PathQuestion): PathEnd {
  const node = new ReferenceNode(resources, question)
  return question.from === undefined ? node.output() : node.prerouting(question.from)
}

class ReferenceNode {
  readonly #cluster: Cluster
  readonly #question: PathQuestion
  readonly #settings: ReferenceSettings

  constructor(resources: readonly Resource[], question: PathQuestion) {
    this.#cluster = readCluster(resources)
    this.#question = question
    this.#settings = readSettings(resources, question.node)
  }

  prerouting(from: string): PathEnd {
    const { node, original, translated } = this.#question
    const before = this.#read(original)
    if (isPodLink(from) && !this.#isOwnSource(from, before)) return 'Drop'

    const { own, star } = this.#hosts(from)
    const raw: ChainEnd =
      isPodLink(from) || own === undefined ? 'Leave' : earlyChain(own, 'untracked', 'Ingress', before, node)
    if (raw === 'Drop') return 'Drop'

    const first = isPodLink(from) ? star : (own ?? star)
    const mangle: ChainEnd =
      raw === 'Accept' || first === undefined ? raw : earlyChain(first, 'preDNAT', 'Ingress', before, node)
    if (mangle === 'Drop') return 'Drop'

    const leg = raw === 'Accept' || translated === undefined ? original : translated
    const mark = raw === 'Accept' || mangle === 'Accept'
    return leg.to === undefined ? this.#input(from, mark, leg) : this.#forward(from, leg.to, mark, leg)
  }

  #input(from: string, mark: boolean, leg: PathLeg): PathEnd {
    const crossing = this.#read(leg)
    const tunnel = tunnelInput(this.#tunnelQuestion(crossing))
    if (tunnel !== undefined) return tunnel
    if (isPodLink(from)) return this.#podToHost(from, crossing)
    if (mark) return 'Accept'
    const { own, star } = this.#hosts(from)
    const host = own ?? star
    return host === undefined ? 'Leave' : plain(normalChain(host, 'Ingress', crossing, this.#question.node))
  }

  #podToHost(from: string, crossing: Crossing): PathEnd {
    const { protocol, icmp, ipVersion } = crossing.packet
    const isDiscovery = protocol === 58 && ipVersion === 6 && icmp !== undefined
    if (isDiscovery && [130, 131, 132, 133, 135, 136].includes(icmp.type)) return 'Accept'
    const pod = this.#podBehind(from)
    if (pod === undefined || !isLet(pod, 'Egress', crossing)) return 'Drop'
    const action = this.#settings.defaultEndpointToHostAction ?? 'Drop'
    return action === 'Return' ? 'Leave' : action
  }

  #forward(from: string, to: string, mark: boolean, leg: PathLeg): PathEnd {
    const crossing = this.#read(leg)
    const [incoming, outgoing] = [this.#hosts(from), this.#hosts(to)]
    const [host, next] = [incoming.own ?? incoming.star, outgoing.own ?? outgoing.star]
    let end: PathEnd = mark ? 'Accept' : 'Leave'
    if (!mark && host !== undefined) end = plain(forwardChain(host, 'Ingress', crossing))
    if (end === 'Drop') return end
    for (const [link, direction] of [
      [from, 'Egress'],
      [to, 'Ingress'],
    ] as const) {
      if (!isPodLink(link)) continue
      const pod = this.#podBehind(link)
      if (pod === undefined || !isLet(pod, direction, crossing)) return 'Drop'
      end = 'Accept'
    }
    return next === undefined ? end : plain(forwardChain(next, 'Egress', crossing))
  }

  output(): PathEnd {
    const { node, original, translated } = this.#question
    const before = this.#read(original)
    const { own } = this.#hosts(original.to ?? 'lo')
    const raw = own === undefined ? 'Leave' : earlyChain(own, 'untracked', 'Egress', before, node)
    if (raw === 'Drop' || raw === 'Accept') return raw
    const leg = translated ?? original
    const to = leg.to ?? 'lo'
    if (isPodLink(to)) return 'Leave'
    const tunnel = translated === undefined ? tunnelOutput(this.#tunnelQuestion(before)) : undefined
    if (tunnel !== undefined) return tunnel
    const last = this.#hosts(to)
    const host = last.own ?? last.star
    return host === undefined ? 'Leave' : plain(normalChain(host, 'Egress', this.#read(leg), node))
  }

  #tunnelQuestion(crossing: Crossing) {
    return { resources: this.#cluster.resources, settings: this.#settings, crossing }
  }

  #read({ packet }: PathLeg): Crossing {
    return readCrossing(this.#cluster, packet)
  }

  /** The links of pods are nobody's own. */
  #hosts(name: string) {
    const { node, interfaces } = this.#question
    const known = interfaces.find((it) => it.name === name) ?? { name, addresses: [] }
    const { own, star } = hostsAt(this.#cluster.hosts, node, known)
    return { own: isPodLink(name) ? undefined : own, star }
  }

  #podBehind(link: string): ReferencePod | undefined {
    return this.#cluster.pods.find((it) => it.node === this.#question.node && it.link === link)
  }

  #isOwnSource(from: string, { source: { ip } }: Crossing): boolean {
    if (ip === undefined || inNet('fe80::/10', ip)) return true
    const pod = this.#podBehind(from)
    if (pod === undefined) return false
    const isGranted = this.#settings.workloadSourceSpoofing === 'Any'
    return pod.holds(ip) || (isGranted && pod.sourcePrefixes.some((net) => inNet(net, ip)))
  }
}

function isPodLink(name: string): boolean {
  return name.startsWith('cali')
}

/** Where nothing comes after, saved is accepted. */
function plain(end: ChainEnd): PathEnd {
  return end === 'Saved' ? 'Accept' : end
}
