/** A cast in a lab: brings policy into the kernel of its nodes as agents do, and sends packets between its members. */
import { Enforcer, NetlinkDriver, NodeInterfaces } from '@margay/agent'
import { compile, defaultCompileOptions, type NodeView } from '@margay/dataplane'
import { createLab, type Lab, type LabMember, type LabNode } from '@margay/lab'
import { ConntrackSocket } from '@margay/netlink'
import type { PolicyState } from '@margay/policy'
import { interfaceNameOf } from '@margay/resources'
import { type Cast, type CastNode, hostInterfaces, type Packet } from '@margay/testkit'
import { type Expectation, expectationOf, formatDisagreement } from './disagreement.ts'
import { kindsOfPacket, Tally } from './tally.ts'

/** Ports at which members answer by themselves; at others their kernel refuses, which shows the arrival as well. */
export const served = { tcp: [80, 443], udp: [53, 80] }

export class PolicyLab {
  readonly cast: Cast
  /** Of what kinds the packets were that were compared. */
  readonly met = new Tally()
  readonly #lab: Lab
  readonly #nodes: readonly EnforcedNode[]

  constructor(lab: Lab, cast: Cast) {
    this.#lab = lab
    this.cast = cast
    this.#nodes = [...lab.nodes.values()].map((node) => ({
      node,
      enforcer: newEnforcer(node),
      connections: ConntrackSocket.open(node.netns),
    }))
  }

  /** Desired policy, as a change of what is there. @throws NftablesError */
  async enforce(state: PolicyState): Promise<void> {
    await this.#onNodes(async ({ node, enforcer }) => enforcer.enforce(tableOf(node, state)))
  }

  /** The same, by agents that start anew and know nothing of what is there. @throws NftablesError */
  async enforceAfresh(state: PolicyState): Promise<void> {
    for (const node of this.#nodes) node.enforcer = newEnforcer(node.node)
    await this.enforce(state)
  }

  /** What the kernel holds on each node, without counters, in an order that does not tell how it came to be. */
  async tables(): Promise<string> {
    const tables = await this.#onNodes(async ({ node, enforcer }) => {
      enforcer.tidy()
      const { stdout } = await this.#lab.runInNode(node, 'nft', ['-s', 'list', 'table', 'inet', 'margay'])
      return stdout
        .replace(/^table.*\n/, '')
        .split(/^\t\}\n/m)
        .sort()
        .join('\t}\n')
    })
    return tables.join('\n')
  }

  /**
   * The first packet of which the kernel says otherwise than the evaluator, in words; `patience` is for those that should arrive.
   * Each begins a connection: those that were open before are forgotten.
   */
  async disagreement(
    state: PolicyState,
    packets: readonly Packet[],
    patience: Patience,
  ): Promise<string | undefined> {
    this.forgetConnections()
    const expected = packets.map((packet) => expectationOf(state, this.cast, packet))
    for (const each of expected) this.met.count(kindsOf(each))
    const [arriving, lost] = [expected.filter((it) => it.arrives), expected.filter((it) => !it.arrives)]
    const found = await Promise.all([
      this.#surprise(arriving, 'reached', patience),
      this.#surprise(lost, 'blocked', untilBlocked),
    ])
    return found.find((it) => it !== undefined)
  }

  close(): Promise<void> {
    for (const { connections } of this.#nodes) connections.close()
    return this.#lab.close()
  }

  protected forgetConnections(): void {
    for (const { connections } of this.#nodes) connections.flush()
  }

  async #surprise(expected: readonly Expectation[], outcome: string, patience: Patience) {
    const requests = expected.map(({ packet }) => this.#requestOf(packet))
    const results = await this.#lab.probeAll(requests, patience)
    const index = results.findIndex((result) => result.outcome !== outcome)
    const [expectation, result] = [expected[index], results[index]]
    return expectation === undefined || result === undefined
      ? undefined
      : formatDisagreement(expectation, result)
  }

  #requestOf({ sourceIp, destinationIp, protocol, sourcePort, destinationPort, icmp }: Packet) {
    return {
      from: this.#memberAt(sourceIp),
      sourceIp,
      to: destinationIp,
      protocol,
      ...(sourcePort === undefined ? {} : { sourcePort }),
      ...(destinationPort === undefined ? {} : { port: destinationPort }),
      ...(icmp === undefined ? {} : { icmpType: icmp.type, icmpCode: icmp.code }),
    }
  }

  #memberAt(address: string): LabMember {
    const member = this.#lab.memberByIp(address)
    if (member === undefined) throw new Error(`nobody in the lab has the address ${address}`)
    return member
  }

  #onNodes<T>(work: (node: EnforcedNode) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#nodes.map(work))
  }
}

interface EnforcedNode {
  readonly node: LabNode
  readonly connections: ConntrackSocket
  enforcer: Enforcer
}

function kindsOf({ packet, arrives }: Expectation): string[] {
  return kindsOfPacket(packet).map((kind) => `${kind} ${arrives ? 'Allow' : 'Deny'}`)
}

/** How long to wait for each packet, and how often to ask again. */
export interface Patience {
  readonly timeoutMs: number
  readonly retries: number
}

/** A packet that is let through arrives within a few milliseconds, so waiting longer only costs. */
export const untilBlocked: Patience = { timeoutMs: 60, retries: 0 }

/** The nodes' own addresses are the lab's, not those of the cast. */
export async function openPolicyLab(name: string, cast: Cast): Promise<PolicyLab> {
  const { lab, nodes } = await openCastLab(name, cast)
  return new PolicyLab(lab, { ...cast, nodes })
}

/** The cast's members, with listeners at the ports that members serve, and nothing in force yet. */
export async function openCastLab(name: string, cast: Cast): Promise<{ lab: Lab; nodes: CastNode[] }> {
  const lab = await createLab({ name })
  try {
    for (const { name } of cast.nodes) await lab.addNode(name)
    await lab.addPods([
      ...cast.seats.map(({ addresses, ...seat }) => ({
        ...seat,
        ips: addresses,
        interfaceName: interfaceNameOf(seat.namespace, seat.name),
      })),
      // Not `cali…`: to policy, the other end of this link is not a pod's. Each node has a second interface so.
      ...cast.strangers.map(({ name, node, addresses }) => ({
        namespace: 'outside',
        name,
        node,
        ips: addresses,
        interfaceName: hostInterfaces[1],
      })),
    ])
    await lab.serve([...lab.pods.values(), ...lab.nodes.values()], served)
    const nodes = [...lab.nodes.values()].map(({ name, ips }) => ({ name, addresses: ips }))
    return { lab, nodes }
  } catch (error) {
    await lab.close()
    throw error
  }
}

const driverByNamespace = new Map<string, NetlinkDriver>()

/** As an agent of this node has one. Closing a socket after deletions takes 16 ms, so it is kept for all of them. */
export function newEnforcer({ netns }: LabNode): Enforcer {
  const driver = driverByNamespace.get(netns) ?? new NetlinkDriver(netns)
  driverByNamespace.set(netns, driver)
  return new Enforcer(driver)
}

/** What the agent of this node wants its kernel to hold. */
export function tableOf(node: LabNode, state: PolicyState, options = defaultCompileOptions) {
  return compile(state, viewOf(node), options)
}

/** The node with its interfaces, as they are now. */
export function viewOf(node: LabNode): NodeView {
  const interfaces = new NodeInterfaces({ netns: node.netns, onChange: () => {}, log: console.log })
  try {
    return { name: node.name, ...interfaces.view() }
  } finally {
    interfaces.close()
  }
}
