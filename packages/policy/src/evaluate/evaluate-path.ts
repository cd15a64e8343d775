/**
 * What happens to the packet that opens a connection on its way through one node, hook by hook: the one definition of what
 * policy means for host endpoints, and for packets that are translated, forwarded, or meant for the node itself.
 *
 *   in:  raw (untracked ingress; a workload's source address) ▶ preDNAT ▶ [destination NAT] ▶ forward or input (tunnels first)
 *   out: raw (untracked egress) ▶ [destination NAT] ▶ output (tunnels first)
 *
 * Replies follow connection tracking and are not asked about. Source: spec/dataplane.md 1.2 to 1.10, 2.2 and 10.
 */
import { cidrContains, type Ip, parseCidr } from '@margay/netset'
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { protocols } from '../model/protocol.ts'
import type { Direction } from '../model/rule.ts'
import { addressKey } from '../state/address-key.ts'
import type { HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { type GoverningEndpoints, isWorkloadInterface } from '../state/resolve-host-endpoints.ts'
import type { Hit, PathDecision, StageDecision } from './decision.ts'
import { judgeHost } from './judge-host.ts'
import { judgeTunnelIn, judgeTunnelOut } from './judge-tunnel.ts'
import { judgeWorkload } from './judge-workload.ts'

export interface PathNode {
  readonly name: string
  readonly governing: GoverningEndpoints
}

/** A packet that opens a connection. */
export interface PathPacket {
  /** Where it comes in; undefined: a process of the node sends it. */
  readonly inInterface: string | undefined
  readonly original: Leg
  /** What destination NAT makes of it; undefined where it makes nothing of it. */
  readonly translated: Leg | undefined
}

export interface Leg {
  readonly flow: Flow
  /** Where routing sends it; undefined: to a process of the node. */
  readonly outInterface: string | undefined
}

/** Same input, same decision: no clock, no I/O. What a process of the node sends to the node goes out by `lo`. */
export function evaluatePath(state: PolicyState, node: PathNode, packet: PathPacket): PathDecision {
  const path = new Path(state, node)
  const { inInterface } = packet
  if (inInterface === undefined) path.output(packet)
  else path.arrive(inInterface, packet)
  return path.decision()
}

const loopback = 'lo'

/** One packet on its way; a stage that denied is the last. */
class Path {
  readonly #state: PolicyState
  readonly #node: PathNode
  readonly #settings: NodeSettings
  readonly #stages: StageDecision[] = []
  /** As the mark in the kernel: what allowed last, or found nothing to allow, says. */
  #isAccepted = false

  constructor(state: PolicyState, node: PathNode) {
    this.#state = state
    this.#node = node
    this.#settings = state.settingsOf(node.name)
  }

  decision(): PathDecision {
    const isDenied = this.#isDenied
    const verdict = isDenied ? 'Deny' : 'Allow'
    return { verdict, isDecided: isDenied || this.#isAccepted, stages: this.#stages }
  }

  arrive(inInterface: string, { original, translated }: PathPacket): void {
    const isFromWorkload = this.#isWorkload(inInterface)
    if (isFromWorkload) this.#checkSource(inInterface, original.flow)
    else this.#askHost(inInterface, 'Untracked', 'Ingress', original.flow)
    // What is not tracked is not translated either.
    const leg = this.#isAccepted ? original : (translated ?? original)
    if (!this.#isAccepted) this.#askHost(inInterface, 'PreDNAT', 'Ingress', original.flow)
    if (leg.outInterface === undefined) this.#input(inInterface, leg.flow)
    else this.#forward(inInterface, leg.outInterface, leg.flow)
  }

  /** A process of the node may reach the node's workloads whatever their ingress says: so kubelet probes them. */
  output({ original, translated }: PathPacket): void {
    this.#askHost(original.outInterface ?? loopback, 'Untracked', 'Egress', original.flow)
    if (this.#isAccepted) return
    // After translation it may leave by another interface: that one's policy counts, whatever the packet carries.
    const { flow, outInterface = loopback } = translated ?? original
    if (this.#isWorkload(outInterface)) return
    if (translated !== undefined || !this.#tunnel('Egress', judgeTunnelOut(this.#judge, flow)))
      this.#askHost(outInterface, 'Normal', 'Egress', flow)
  }

  #forward(inInterface: string, outInterface: string, flow: Flow): void {
    if (!this.#isAccepted) this.#askHost(inInterface, 'Forward', 'Ingress', flow)
    if (this.#isWorkload(inInterface)) this.#askWorkload(inInterface, 'Egress', flow)
    if (this.#isWorkload(outInterface)) this.#askWorkload(outInterface, 'Ingress', flow)
    this.#askHost(outInterface, 'Forward', 'Egress', flow)
  }

  /** Policy of host endpoints is not about what workloads send to their node. */
  #input(inInterface: string, flow: Flow): void {
    if (this.#tunnel('Ingress', judgeTunnelIn(this.#judge, flow))) return
    if (this.#isWorkload(inInterface)) this.#workloadToHost(inInterface, flow)
    else if (!this.#isAccepted) this.#askHost(inInterface, 'Normal', 'Ingress', flow)
  }

  #workloadToHost(inInterface: string, flow: Flow): void {
    if (isNeighbourDiscovery(flow)) {
      this.#toHost(inInterface, { kind: 'NeighbourDiscovery', action: 'Allow' })
      return
    }
    this.#askWorkload(inInterface, 'Egress', flow)
    const action = endpointToHost[this.#settings.defaultEndpointToHostAction]
    this.#toHost(inInterface, { kind: 'EndpointToHost', action })
  }

  /** True if it is decided. */
  #tunnel(direction: Direction, hit: Hit | undefined): boolean {
    if (hit === undefined || hit.action === 'Pass') return false
    this.#take({ stage: 'Tunnel', direction, endpoint: this.#node.name, action: hit.action, trace: [hit] })
    return true
  }

  get #judge() {
    return { state: this.#state, settings: this.#settings }
  }

  #toHost(inInterface: string, hit: Hit): void {
    const endpoint = this.#state.endpointBehind(this.#node.name, inInterface)?.key ?? inInterface
    this.#take({ stage: 'ToHost', direction: 'Egress', endpoint, action: hit.action, trace: [hit] })
  }

  #askHost(interfaceName: string, stage: HostStage, direction: Direction, flow: Flow): void {
    const host = this.#governing(interfaceName)
    if (host === undefined) return
    this.#take(judgeHost(this.#judge, host, stage, direction, flow))
  }

  /** The one for all interfaces stands in for interfaces of workloads too. */
  #governing(interfaceName: string): HostEndpoint | undefined {
    const { byInterface, wildcard } = this.#node.governing
    return byInterface.get(interfaceName) ?? wildcard
  }

  #askWorkload(interfaceName: string, direction: Direction, flow: Flow): void {
    const endpoint = this.#state.endpointBehind(this.#node.name, interfaceName)
    if (endpoint === undefined) {
      this.#refuse('Workload', direction, interfaceName, { kind: 'UnknownWorkload', action: 'Deny' })
      return
    }
    const { verdict, trace } = judgeWorkload(this.#state, endpoint, direction, flow)
    const isStaged = this.#state.stagedPolicy(endpoint, direction) !== undefined
    const staged = isStaged ? { staged: this.#staged(endpoint, direction, flow) } : {}
    this.#take({ stage: 'Workload', direction, endpoint: endpoint.key, action: verdict, trace, ...staged })
  }

  #staged(endpoint: Endpoint, direction: Direction, flow: Flow): readonly Hit[] {
    return judgeWorkload(this.#state, endpoint, direction, flow, { staged: true }).trace
  }

  #checkSource(inInterface: string, { source }: Flow): void {
    const endpoint = this.#state.endpointBehind(this.#node.name, inInterface)
    const problem = sourceProblem(endpoint, source.address, this.#settings)
    if (problem !== undefined) this.#refuse('Source', 'Egress', endpoint?.key ?? inInterface, problem)
  }

  #refuse(stage: StageDecision['stage'], direction: Direction, endpoint: string, hit: Hit): void {
    this.#take({ stage, direction, endpoint, action: 'Deny', trace: [hit] })
  }

  /** Whatever comes after a denial is not asked. */
  #take(decision: StageDecision | undefined): void {
    if (decision === undefined || this.#isDenied) return
    this.#stages.push(decision)
    this.#isAccepted = decision.action === 'Allow'
  }

  get #isDenied(): boolean {
    return this.#stages.at(-1)?.action === 'Deny'
  }

  #isWorkload(interfaceName: string): boolean {
    return isWorkloadInterface(interfaceName, this.#settings.interfacePrefixes)
  }
}

const endpointToHost = { Accept: 'Allow', Drop: 'Deny', Return: 'Pass' } as const

/** Multicast listener discovery and neighbour discovery, but no router advertisement. Source: spec/dataplane.md 1.7. */
export const neighbourDiscoveryTypes = [130, 131, 132, 133, 135, 136]

function isNeighbourDiscovery({ ipVersion, protocol, icmp }: Flow): boolean {
  return (
    ipVersion === 6 &&
    protocol === protocols.icmpv6 &&
    icmp !== undefined &&
    neighbourDiscoveryTypes.includes(icmp.type)
  )
}

/** Why a packet from the workload behind an interface is none that it may send; undefined where it may. */
export function sourceProblem(
  endpoint: Endpoint | undefined,
  source: Ip | undefined,
  settings: NodeSettings,
): Hit | undefined {
  if (source === undefined || isLinkLocal(source)) return undefined
  if (endpoint === undefined) return { kind: 'UnknownWorkload', action: 'Deny' }
  return maySendFrom(endpoint, source, settings) ? undefined : { kind: 'Spoofed', action: 'Deny' }
}

/** Every interface has one, and the kernel knows by itself where it belongs. */
function isLinkLocal(address: Ip): boolean {
  return linkLocal !== undefined && cidrContains(linkLocal, address)
}

const linkLocal = parseCidr('fe80::/10')

function maySendFrom(endpoint: Endpoint, source: Ip, settings: NodeSettings): boolean {
  const isOwn = endpoint.addresses.some((address) => addressKey(address) === addressKey(source))
  if (isOwn || settings.workloadSourceSpoofing !== 'Any') return isOwn
  return endpoint.allowedSourcePrefixes.some((prefix) => cidrContains(prefix, source))
}
