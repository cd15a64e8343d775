/**
 * A lab that this process owns: it adds nodes and pods, listens in them, and takes all away again.
 *
 * Everything lives in network namespaces named `margay-<lab>.…`. No link, address, route, rule or sysctl of the
 * namespace that the process runs in is touched.
 */
import { nodeAddresses } from './address-plan.ts'
import { InvalidSpecError, LabClosedError } from './errors.ts'
import { LabView } from './lab-view.ts'
import { EchoListeners } from './listeners/echo-listeners.ts'
import { type LabMember, type LabNode, type LabPod, type PodSpec, podKey } from './members.ts'
import { bridgeNetns, checkNodeName, nodeNetns, podNetns } from './names.ts'
import { ipBatch, ipNetnsExec } from './namespaces/ip-command.ts'
import { removeNamespacesOf } from './namespaces/leftovers.ts'
import { forEachLimited } from './namespaces/limit.ts'
import * as plan from './namespaces/plan.ts'
import { writeSysctls } from './namespaces/sysctl.ts'
import { currentOwner } from './owner.ts'
import { checkPods } from './pod-specs.ts'
import { ServiceBook } from './services/service-book.ts'
import { type NodeServices, serviceRules } from './services/service-rules.ts'
import { checkNodePort, checkService, type NodePortSpec, type ServiceSpec } from './services/service-spec.ts'
import { type LabState, removeState, writeState } from './state-file.ts'

/** A machine beside the cluster, linked to one node. */
export interface ExternalMachineSpec {
  /** A DNS label of at most 11 characters. */
  readonly name: string
  readonly node: string
  readonly ips: readonly string[]
}

export interface ServedPorts {
  readonly tcp?: readonly number[]
  readonly udp?: readonly number[]
}

/** `ip` processes at once: two for each core of a small machine. */
const parallelCommands = 4

export class Lab extends LabView {
  readonly #listeners: EchoListeners
  readonly #services = new ServiceBook()
  readonly #owner = currentOwner()
  readonly #createdAt = new Date().toISOString()
  #changes: Promise<unknown> = Promise.resolve()
  #podCount = 0
  #isClosing = false

  /** Use `createLab`. */
  constructor(name: string, stateDirectory: string) {
    super(name, stateDirectory)
    this.#listeners = new EchoListeners(this.context)
  }

  /** What the state file says. */
  get state(): LabState {
    return {
      version: 1,
      name: this.name,
      owner: this.#owner,
      createdAt: this.#createdAt,
      nodes: [...this.nodesByName.values()],
      pods: [...this.podsByKey.values()],
      served: [...this.servedByKey.values()],
    }
  }

  /** A namespace that routes. Nodes reach each other, and each other's pods, over a bridge. */
  addNode(name: string): Promise<LabNode> {
    return this.#change(async () => {
      checkNodeName(name)
      if (this.nodesByName.has(name)) throw new InvalidSpecError('node name', `${name} is there already`)
      const index = this.nodesByName.size + 1
      const netns = nodeNetns(this.name, name)
      const node: LabNode = { kind: 'node', name, ips: nodeAddresses(index), netns }
      await doOrUndo(
        () => this.#makeNode(node, index),
        () => this.#unmakeNode(node, index),
      )
      this.keepMember(node)
      return node
    })
  }

  /** All of them or, if one is invalid or can't be made, none. Throws InvalidSpecError before anything is made. */
  addPods(specs: readonly PodSpec[]): Promise<LabPod[]> {
    return this.#change(async () => {
      checkPods(specs, {
        nodes: this.nodesByName,
        pods: this.podsByKey,
        memberByIp: (ip) => this.memberByIp(ip),
      })
      const pods = specs.map((spec) => this.#describe(spec))
      await doOrUndo(
        () => this.#makePods(pods),
        () => this.#unplug(pods),
      )
      for (const pod of pods) {
        // A probe that came too early may have opened what was there before, or only half of a namespace.
        this.context.release(pod.netns)
        this.keepMember(pod)
      }
      return pods
    })
  }

  async addPod(spec: PodSpec): Promise<LabPod> {
    const pods = await this.addPods([spec])
    return pods[0] as LabPod
  }

  /**
   * A machine that is no pod: in namespace `outside`, at the node's interface `ext-<name>`, wired like a pod. What it sends to
   * the node, or through it, comes from outside the cluster.
   */
  addExternalMachine({ name, ...place }: ExternalMachineSpec): Promise<LabPod> {
    return this.addPod({ ...place, name, namespace: 'outside', interfaceName: `ext-${name}` })
  }

  /** Makes an address lead to backends, for what passes through the node and for what the node itself sends. */
  async addService(node: LabNode, spec: ServiceSpec): Promise<void> {
    await this.#change(async () => {
      checkService(spec)
      // The node must think that it knows a way, or its own packets end before their destination is changed.
      await ipBatch([plan.routeToService(spec.ip)], { netns: node.netns })
      await this.#applyServices(node, this.#services.withService(node, spec))
    })
  }

  /** Makes a port of all the node's addresses lead to backends. */
  async addNodePort(node: LabNode, spec: NodePortSpec): Promise<void> {
    await this.#change(async () => {
      checkNodePort(spec)
      await this.#applyServices(node, this.#services.withNodePort(node, spec))
    })
  }

  /** Its veth pair and routes are gone when this resolves, so that their names are free again. Unknown pods are ignored. */
  removePods(pods: readonly LabPod[]): Promise<void> {
    return this.#change(async () => {
      const known = pods.filter((pod) => this.podsByKey.get(podKey(pod))?.netns === pod.netns)
      for (const pod of known) {
        this.#listeners.release(pod.netns)
        this.forgetMember(pod)
      }
      await this.#unplug(known)
    })
  }

  removePod(pod: LabPod): Promise<void> {
    return this.removePods([pod])
  }

  /** Listens on every address of every pod (or node); answers with what it gets. What is served already stays so. */
  serve(members: readonly LabMember[], ports: ServedPorts): Promise<void> {
    return this.#change(async () => {
      for (const member of members) {
        for (const ip of member.ips) {
          for (const port of ports.tcp ?? []) this.#serveOne(member, 'TCP', ip, port)
          for (const port of ports.udp ?? []) this.#serveOne(member, 'UDP', ip, port)
        }
      }
    })
  }

  /** Removes everything the lab made, whatever state it is in. Can be called twice, and during other calls. */
  override async close(): Promise<void> {
    if (this.#isClosing) return void (await this.#changes)
    this.#isClosing = true
    const previous = this.#changes
    this.#changes = (async () => {
      await previous
      this.#listeners.close()
      await super.close()
      await removeNamespacesOf(this.name)
      removeState(this.stateDirectory, this.name)
    })()
    await this.#changes
  }

  /** Frees what this process holds, and leaves namespaces and state file alone: they are another process's. */
  async abandon(): Promise<void> {
    this.#isClosing = true
    await super.close()
  }

  protected override assertOpen(): void {
    if (this.#isClosing) throw new LabClosedError(this.name)
  }

  /** A service is served where every backend is: only then can't a reset be a backend's own. */
  protected override isServed(protocol: 'TCP' | 'UDP', ip: string, port: number): boolean {
    if (super.isServed(protocol, ip, port)) return true
    const member = this.memberByIp(ip)
    const node = member?.kind === 'node' ? member : undefined
    const backends = this.#services.backendsOf(protocol, ip, port, node) ?? []
    return backends.length > 0 && backends.every((each) => super.isServed(protocol, each.ip, each.port))
  }

  async #applyServices(node: LabNode, services: NodeServices): Promise<void> {
    await ipNetnsExec(node.netns, 'nft', ['-f', '-'], { stdin: serviceRules(services) })
    this.#services.keep(node, services)
  }

  async #makeNode(node: LabNode, index: number): Promise<void> {
    const bridge = bridgeNetns(this.name)
    const isFirst = index === 1
    await ipBatch(plan.addNamespaces(isFirst ? [bridge, node.netns] : [node.netns]))
    writeSysctls(node.netns, plan.nodeSysctls)
    await ipBatch([...(isFirst ? plan.makeBridge() : []), ...plan.joinNode(node, index)], { netns: bridge })
    writeSysctls(node.netns, plan.uplinkSysctls)
    const routes = [...this.podsByKey.values()].flatMap((pod) => plan.routeToPod(pod, this.node(pod.node)))
    await ipBatch([...plan.configureNode(node), ...routes], { netns: node.netns })
  }

  async #unmakeNode(node: LabNode, index: number): Promise<void> {
    const bridge = bridgeNetns(this.name)
    await ipBatch(plan.unjoinNode(index), { netns: bridge, force: true })
    const namespaces = index === 1 ? [bridge, node.netns] : [node.netns]
    await ipBatch(plan.deleteNamespaces(namespaces), { force: true })
  }

  async #makePods(pods: readonly LabPod[]): Promise<void> {
    await ipBatch(plan.addNamespaces(pods.map((pod) => pod.netns)))
    for (const pod of pods) writeSysctls(pod.netns, plan.podSysctls)
    await forEachLimited([...this.nodesByName.values()], parallelCommands, (node) => this.#plug(node, pods))
    await forEachLimited(pods, parallelCommands, (pod) =>
      ipBatch(plan.configurePod(pod), { netns: pod.netns }),
    )
  }

  /** On one node: links to its own pods, routes to the others. */
  async #plug(node: LabNode, pods: readonly LabPod[]): Promise<void> {
    const lines = pods.flatMap((pod) =>
      pod.node === node.name
        ? plan.plugPod(pod, this.#podCount++)
        : plan.routeToPod(pod, this.node(pod.node)),
    )
    await ipBatch(lines, { netns: node.netns })
  }

  async #unplug(pods: readonly LabPod[]): Promise<void> {
    await forEachLimited([...this.nodesByName.values()], parallelCommands, (node) => {
      const lines = pods.flatMap((pod) =>
        pod.node === node.name ? plan.unplugPod(pod) : plan.forgetPod(pod),
      )
      return ipBatch(lines, { netns: node.netns, force: true })
    })
    await ipBatch(plan.deleteNamespaces(pods.map((pod) => pod.netns)), { force: true })
  }

  #describe(spec: PodSpec): LabPod {
    const { node, namespace, name, ips, interfaceName } = spec
    return {
      kind: 'pod',
      node,
      namespace,
      name,
      ips: [...ips],
      interfaceName,
      netns: podNetns(this.name, spec),
    }
  }

  #serveOne(member: LabMember, protocol: 'TCP' | 'UDP', ip: string, port: number): void {
    if (this.isServed(protocol, ip, port)) return
    const served = { protocol, ip, port }
    this.#listeners.open(member.netns, served)
    this.keepServed(served)
  }

  /** Changes come one after the other, and each ends in the state file. */
  async #change<Result>(work: () => Promise<Result>): Promise<Result> {
    this.assertOpen()
    const change = this.#changes.then(async () => {
      this.assertOpen()
      const result = await work()
      writeState(this.stateDirectory, this.state)
      return result
    })
    this.#changes = change.catch(() => {})
    return change
  }
}

async function doOrUndo(work: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await undo()
    throw error
  }
}
