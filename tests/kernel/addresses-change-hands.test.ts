/**
 * An agent is killed, and the address of a pod is another pod's when the next agent starts: what the first one was allowed does not
 * reach the second. Connections of pods that stayed go on. In a lab's node, with real packets.
 */
import { defaultHostSettings, HostPlumber, NetlinkHost } from '@margay/agent'
import { createLab, type Lab, type LabNode, type LabPod, type MessageStream } from '@margay/lab'
import { ConntrackSocket } from '@margay/netlink'
import { interfaceNameOf, type ResourceObject } from '@margay/resources'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LabAgent } from './lab-agent.ts'

let lab: Lab
let node: LabNode
let kernel: NetlinkHost
let connections: ConntrackSocket

/** Enforcers of a name keep their socket, and with it a namespace that is gone. */
let labs = 0

beforeEach(async () => {
  lab = await createLab({ name: `hands${process.pid}-${++labs}` })
  node = await lab.addNode('a')
  kernel = new NetlinkHost(node.netns)
  connections = ConntrackSocket.open(node.netns)
})
afterEach(async () => {
  kernel.close()
  connections.close()
  await lab.close()
})

const namespace = 'shop'

interface PodSpec {
  readonly name: string
  readonly app: string
  readonly number: number
}

const client: PodSpec = { name: 'client', app: 'client', number: 1 }
const web: PodSpec = { name: 'web-0', app: 'web', number: 2 }
const other: PodSpec = { name: 'other', app: 'web', number: 3 }

const addressesOf = ({ number }: PodSpec) => [`10.77.0.${number}`, `fd77::${number}`]

async function addPod(spec: PodSpec): Promise<LabPod> {
  const { name } = spec
  const place = { node: 'a', namespace, name, interfaceName: interfaceNameOf(namespace, name) }
  const pod = await lab.addPod({ ...place, ips: addressesOf(spec) })
  await lab.serve([pod], { udp: [53] })
  return pod
}

function podObject({ name, app, ...spec }: PodSpec): ResourceObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app } },
    spec: { nodeName: 'a', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIPs: addressesOf({ name, app, ...spec }).map((ip) => ({ ip })) },
  }
}

const surroundings: readonly ResourceObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  ...[
    ['web', 'Allow'],
    ['closed', 'Deny'],
  ].map(([app, action]) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: `to-${app}` },
    // An answer that is still to be sent would otherwise begin a connection of its own.
    spec: {
      selector: `app == '${app}'`,
      types: ['Ingress', 'Egress'],
      ingress: [{ action }],
      egress: [{ action }],
    },
  })),
]

/** What an agent does from its start until it is killed, which leaves the kernel as it is. */
async function runAgent(pods: readonly PodSpec[]): Promise<void> {
  new LabAgent(node).enforce([...surroundings, ...pods.map(podObject)])
  const plumber = new HostPlumber({
    kernel,
    clock: { after: () => () => undefined },
    nowMs: () => performance.now(),
    settings: defaultHostSettings,
    log: (line) => expect.fail(line),
  })
  const endpoints = pods.map((pod) => ({
    key: `${namespace}/${pod.name}`,
    interfaceName: interfaceNameOf(namespace, pod.name),
    addresses: addressesOf(pod),
  }))
  const workloads = {
    endpoints,
    interfacePrefixes: ['cali'],
    forwards: true,
    removesExternalRoutes: true,
  }
  plumber.desire(workloads)
  await vi.waitFor(() => expect(plumber.plan(workloads).changes).toEqual([]), { timeout: 20_000 })
  plumber.stop()
}

function openStreams(from: LabPod, to: PodSpec): Promise<MessageStream[]> {
  return Promise.all(
    addressesOf(to).map((ip) =>
      lab.openStream({ from, to: ip, protocol: 'UDP', port: 53 }, { intervalMs: 5 }),
    ),
  )
}

async function expectEchoes(streams: readonly MessageStream[], expected: boolean): Promise<void> {
  const answers = await Promise.all(streams.map((stream) => stream.waitForEchoes(3, expected ? 20_000 : 400)))
  expect(answers).toEqual(streams.map(() => expected))
}

const idsOf = (pod: PodSpec) => connections.connectionsOf(addressesOf(pod)).map(({ id }) => id)

test.each([
  { what: 'another pod at another interface', next: { name: 'next', app: 'closed', number: web.number } },
  { what: 'a new pod of the same name', next: { name: web.name, app: 'closed', number: web.number } },
])('an address that changed hands while no agent ran keeps no connection: $what', async ({ next }) => {
  const [sender, first] = [await addPod(client), await addPod(web), await addPod(other)]
  await runAgent([client, web, other])
  const [toWeb, toOther] = [await openStreams(sender, web), await openStreams(sender, other)]
  await expectEchoes([...toWeb, ...toOther], true)
  const before = idsOf(other)

  await lab.removePod(first)
  await addPod(next)
  // The kernel knows nothing of pods: while nobody tells it better, the connection is as good as before.
  if (next.name === web.name) await vi.waitFor(() => expectEchoes(toWeb, true), { timeout: 20_000 })
  await runAgent([client, next, other])
  await Promise.all(toWeb.map((stream) => stream.waitForEchoes(1, 50)))
  await expectEchoes(toWeb, false)
  await expectEchoes(toOther, true)
  expect(idsOf(other)).toEqual(before)
  for (const stream of [...toWeb, ...toOther]) stream.close()
})

test('an address whose pod went while no agent ran, and came back after one had started, keeps no connection', async () => {
  const [sender, first] = [await addPod(client), await addPod(web)]
  await runAgent([client, web])
  const toWeb = await openStreams(sender, web)
  await expectEchoes(toWeb, true)
  await lab.removePod(first)
  await runAgent([client])
  const next: PodSpec = { name: 'next', app: 'closed', number: web.number }
  await addPod(next)
  await runAgent([client, next])
  await Promise.all(toWeb.map((stream) => stream.waitForEchoes(1, 50)))
  await expectEchoes(toWeb, false)
  for (const stream of toWeb) stream.close()
})

test('the first agent of a node breaks no connection that was there before it, nor does the next one', async () => {
  const [sender] = [await addPod(client), await addPod(other)]
  const tracking =
    'table inet test { chain forward { type filter hook forward priority 0; ct state new accept; }; }'
  await lab.runInNode(node, 'nft', ['-f', '-'], tracking)
  const streams = await openStreams(sender, other)
  await expectEchoes(streams, true)
  const before = idsOf(other)
  expect(before).toHaveLength(2)
  for (const _life of ['first', 'second', 'third']) {
    await runAgent([client, other])
    await expectEchoes(streams, true)
    expect(idsOf(other)).toEqual(before)
  }
  for (const stream of streams) stream.close()
})
