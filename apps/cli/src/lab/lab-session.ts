/**
 * A lab with everything in it: namespaces as pods, an API server, and an agent on each node, as processes of their own.
 * Each part is undone in the opposite order, also when a later part fails to start.
 */
import { mkdir, rm } from 'node:fs/promises'
import { ApiClient, type ClientConfig } from '@margay/client'
import { createLab, type Lab } from '@margay/lab'
import { findKind, type Resource, type ResourceObject } from '@margay/resources'
import { issueKubeconfig, nodeIdentity, systemFiles } from '@margay/server'
import { type Child, startChild } from './child.ts'
import type { LabPaths } from './paths.ts'
import type { LabTopology } from './topology.ts'

export interface LabSessionOptions {
  readonly name: string
  readonly paths: LabPaths
  readonly topology: LabTopology
  /** 0 takes a free one. */
  readonly port: number
  readonly loadClientConfig: (kubeconfig: string) => ClientConfig
  /** Takes one line for each step. */
  readonly progress: (line: string) => void
  /** False: nobody enforces. */
  readonly withAgents: boolean
}

export interface LabSession {
  readonly lab: Lab
  readonly client: ApiClient
  readonly server: Child
  readonly agents: readonly Child[]
  apply(resources: readonly Resource[]): Promise<void>
  close(): Promise<void>
}

/** @throws LabError, CliError, ApiError */
export async function startLabSession(options: LabSessionOptions): Promise<LabSession> {
  const undo = new AsyncDisposableStack()
  try {
    return await start(options, undo)
  } catch (error) {
    await undo.disposeAsync()
    throw error
  }
}

async function start(options: LabSessionOptions, undo: AsyncDisposableStack): Promise<LabSession> {
  const { topology, progress } = options
  const lab = await createLab({ name: options.name, stateDirectory: options.paths.stateDirectory })
  undo.defer(() => lab.close())
  progress(`making ${topology.pods.length} pods on ${topology.nodes.join(', ')}`)
  await wire(lab, topology)
  progress('starting the API server')
  const server = await startServer(options)
  undo.defer(() => server.stop())
  const client = new ApiClient(options.loadClientConfig(options.paths.kubeconfig))
  undo.defer(() => client.close())
  await register(client, lab, topology)
  for (const node of topology.nodes) await writeCredentials(node, options)
  const agents = options.withAgents ? await startAgents(lab, options, undo) : []
  const apply = (resources: readonly Resource[]) => applyAll(client, resources)
  return { lab, client, server, agents, apply, close: () => undo.disposeAsync() }
}

async function wire(lab: Lab, { nodes, pods }: LabTopology): Promise<void> {
  for (const node of nodes) await lab.addNode(node)
  await lab.addPods(pods)
  await Promise.all(
    pods.map(({ namespace, name, tcp, udp }) => lab.serve([lab.pod(namespace, name)], { tcp, udp })),
  )
}

/** The API begins empty each time; what a killed lab left there means nothing any more. */
async function startServer({ paths, port }: LabSessionOptions): Promise<Child> {
  await rm(paths.dataDirectory, { recursive: true, force: true })
  await mkdir(paths.dataDirectory, { recursive: true, mode: 0o700 })
  const place = ['--data-dir', paths.dataDirectory, '--kubeconfig', paths.kubeconfig]
  const args = ['server', ...place, '--host', '127.0.0.1', '--port', String(port)]
  return startChild(args, (line) => line.startsWith('kubeconfig: '))
}

/** An agent gets no more than what its node needs, here as anywhere. */
async function writeCredentials(node: string, { paths }: LabSessionOptions): Promise<void> {
  const { text } = await issueKubeconfig(
    { dataDir: paths.dataDirectory, identity: nodeIdentity(node), now: new Date(), validityMs: yearMs },
    systemFiles,
  )
  await systemFiles.write(paths.nodeKubeconfig(node), text, true)
}

const yearMs = 365 * 24 * 60 * 60 * 1000

async function startAgents(
  lab: Lab,
  { topology, paths, progress }: LabSessionOptions,
  undo: AsyncDisposableStack,
): Promise<Child[]> {
  progress('starting the agent')
  const agents: Child[] = []
  for (const node of topology.nodes) {
    const place = ['--node', node, '--netns', lab.node(node).netns]
    const files = ['--kubeconfig', paths.nodeKubeconfig(node), '--state-directory', paths.nodeState(node)]
    const args = ['agent', ...place, ...files]
    const agent = await startChild(args, (line) => line.startsWith('enforcing policy '))
    undo.defer(() => agent.stop())
    agents.push(agent)
  }
  return agents
}

/** What a kubelet would do: the node, the pods, and their status, which an API takes separately. */
async function register(client: ApiClient, lab: Lab, topology: LabTopology): Promise<void> {
  await applyAll(
    client,
    topology.nodes.map((name) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { addresses: lab.node(name).ips.map((address) => ({ type: 'InternalIP', address })) },
    })),
  )
  await applyAll(client, topology.resources)
}

async function applyAll(client: ApiClient, resources: readonly ResourceObject[]): Promise<void> {
  for (const resource of resources) {
    const kind = findKind(resource.apiVersion, resource.kind)
    if (kind === undefined) continue
    await client.apply(kind, resource)
    if (kind.kind !== 'Pod' && kind.kind !== 'Node') continue
    if (resource.status === undefined) continue
    const { name, namespace } = resource.metadata
    await client.patch(kind, { name, namespace }, { status: resource.status }, { subresource: 'status' })
  }
}
