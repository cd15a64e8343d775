/**
 * A real agent on the node of one client, none on that of the other, the same distance from one resolver: dnsmasq without a cache. Policy
 * lets clients connect to `*.rotate.test`, of which each answer has another address: so each is news for the kernel.
 */
import {
  createLab,
  type Lab,
  ResolvingClient,
  routeToInternet,
  startInternet,
  startResolver,
} from '@margay/lab'
import { formatIp } from '@margay/netset'
import { type Pod, podToWorkloadEndpoint, type ResourceObject } from '@margay/resources'
import { createAll, startApiServer } from '../harness/api-server.ts'
import type { Context } from '../harness/bench.ts'
import { margay, startChild } from '../harness/child.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { admitted } from '../world/world.ts'

export interface DnsWorld {
  /** Behind an agent. */
  readonly ours: ResolvingClient
  /** On a node that never had one. */
  readonly plain: ResolvingClient
}

export const resolverAddress = '10.65.2.53'

const nodes = { ours: 'node-1', resolver: 'node-2', plain: 'node-3' } as const

export async function startDnsWorld(name: string, context: Context): Promise<DnsWorld> {
  const lab = await createLab({ name })
  context.defer(() => lab.close())
  for (const node of Object.values(nodes)) await lab.addNode(node)
  await lab.addPods(objects.filter(({ kind }) => kind === 'Pod').map(labPodOf))
  await startServers(lab, context)
  await startAgent(lab, context)
  const [ours, plain] = [await clientIn(lab, 'ours', context), await clientIn(lab, 'plain', context)]
  await untilAllowed(ours)
  return { ours, plain }
}

const objects: readonly ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } },
  podObject('bench', 'ours', '10.65.1.1', nodes.ours),
  podObject('bench', 'plain', '10.65.3.1', nodes.plain),
  podObject('kube-system', 'dns', resolverAddress, nodes.resolver),
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'kube-system',
      name: 'kube-dns',
      labels: { 'kubernetes.io/service-name': 'kube-dns' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [resolverAddress] }],
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'names' },
    spec: {
      types: ['Egress'],
      egress: [
        { action: 'Allow', protocol: 'UDP', destination: { ports: [53] } },
        { action: 'Allow', protocol: 'TCP', destination: { domains: ['*.rotate.test'] } },
      ],
    },
  },
]

function podObject(namespace: string, name: string, ip: string, nodeName: string): ResourceObject {
  const spec = { nodeName, containers: [{ name: 'c' }] }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec,
    status: { phase: 'Running', podIPs: [{ ip }] },
  }
}

function labPodOf(object: ResourceObject) {
  const workload = podToWorkloadEndpoint(admitted(object) as Pod)
  if (workload?.node === undefined) throw new Error(`pod ${object.metadata.name} has no node`)
  const { node, namespace, name, interfaceName, ips } = workload
  return { node, namespace, name, interfaceName, ips: ips.map(formatIp) }
}

async function startServers(lab: Lab, { defer }: Context): Promise<void> {
  const internet = lab.node(nodes.plain)
  const server = await startInternet(internet.netns)
  defer(() => server.stop())
  await routeToInternet(lab.node(nodes.ours).netns, internet.ips)
  const { netns } = lab.pod('kube-system', 'dns')
  const resolver = await startResolver({ netns, addresses: [resolverAddress] })
  defer(() => resolver.stop())
}

async function startAgent(lab: Lab, context: Context): Promise<void> {
  const { client, kubeconfig } = await startApiServer(context)
  await createAll(client, objects)
  const { name, netns } = lab.node(nodes.ours)
  const directory = await temporaryDirectory(context)
  const place = ['--node', name, '--netns', netns, '--kubeconfig', kubeconfig, '--state-directory', directory]
  await startChild(margay('agent', ...place), (line) => line.startsWith('enforcing policy '), context)
}

async function clientIn(lab: Lab, pod: string, { defer }: Context): Promise<ResolvingClient> {
  const client = await ResolvingClient.start(lab.pod('bench', pod).netns)
  defer(() => client.stop())
  return client
}

const startTimeoutMs = 10_000

/** The queue is there when a first connection comes about. */
async function untilAllowed(client: ResolvingClient): Promise<void> {
  const question = { name: 'first.rotate.test', type: 'A', by: 'c-ares', server: resolverAddress } as const
  const deadline = performance.now() + startTimeoutMs
  while ((await client.firstConnections(question, 1)).connected === 0)
    if (performance.now() > deadline) throw new Error('names are not learnt')
}
