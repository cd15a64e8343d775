/**
 * One full TCP connection between pods of two nodes, through a tunnel of ours and through one made by hand: in turns, between the same two
 * namespaces, and each is gone while the other is there. No policy in either.
 */
import { join } from 'node:path'
import { createLab, type Lab } from '@margay/lab'
import { startTalking } from '../dataplane/talk.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { sentThrough, untilDevice } from './device-of.ts'
import { encryptNode } from './encrypted-node.ts'
import { NodesInMemory } from './memory-api.ts'
import { nodeObject } from './node-objects.ts'
import { handMadeDevice, type TunnelEnd, tunnelByHand } from './tunnel-by-hand.ts'

export function throughputSuite(): Suite {
  return single(
    { ...bench('wireguard/throughput', 1, 'connection'), id: 'wireguard/throughput' },
    measure,
    true,
  )
}

const port = 5003
const ourDevice = 'wireguard.cali'
const program = join(import.meta.dirname, '../dataplane/stream.ts')

async function measure(context: Context): Promise<Metrics> {
  const lab = await createLab({ name: 'bench-wireguard' })
  context.defer(() => lab.close())
  const directory = await temporaryDirectory(context)
  const ends: Ends = [await endOn(lab, 1), await endOn(lab, 2)]
  const measured = await startStream(lab, ends, context)
  const byUs = encrypting(lab, ends, directory, context)
  const samples = await interleave(
    {
      ours: async () => {
        await byUs(true)
        const megabits = await measured(ourDevice)
        await byUs(false)
        return megabits
      },
      hand: async () => {
        const remove = await tunnelByHand(lab, ends, directory)
        return measured(handMadeDevice).finally(remove)
      },
    },
    context.isQuick ? 1 : 11,
  )
  const [withUs, without] = [median(samples.ours), median(samples.hand)]
  return { megabits_per_s: withUs, baseline_megabits_per_s: without, ratio: withUs / without }
}

type Ends = readonly [TunnelEnd, TunnelEnd]

async function endOn(lab: Lab, number: number): Promise<TunnelEnd> {
  const node = await lab.addNode(`node-${number}`)
  const pod = `10.65.${number}.1`
  const name = `pod-${number}`
  await lab.addPod({ node: node.name, namespace: 'bench', name, ips: [pod], interfaceName: `calip${number}` })
  return { node, podCidr: `10.65.${number}.0/24`, pod }
}

/** Resolves when both nodes have a device, or none. */
function encrypting(
  lab: Lab,
  ends: Ends,
  directory: string,
  context: Context,
): (isWanted: boolean) => Promise<void> {
  const api = new NodesInMemory()
  const nodes = ends.map(({ node, podCidr }) => {
    api.put(nodeObject({ name: node.name, address: node.ips[0] ?? '', podCidr }))
    const encrypted = encryptNode(node, api, join(directory, node.name))
    context.defer(() => encrypted.remove())
    return encrypted
  })
  return async (isWanted) => {
    for (const node of nodes) node.want(isWanted)
    for (const { node } of ends) await untilDevice(lab, node, ourDevice, isWanted)
  }
}

/** Asks for Mbit/s through a device of both nodes. */
async function startStream(
  lab: Lab,
  [from, to]: Ends,
  context: Context,
): Promise<(device: string) => Promise<number>> {
  const [client, server] = [lab.pod('bench', 'pod-1'), lab.pod('bench', 'pod-2')]
  await startTalking({ args: [program, 'serve', String(port)], netns: server.netns }, context)
  const send = await startTalking(
    { args: [program, 'send', to.pod, String(port)], netns: client.netns },
    context,
  )
  const milliseconds = context.isQuick ? 50 : 3000
  return async (device) => {
    // Routes, the handshake, and what was lost while there was no tunnel come first.
    await send(String(context.isQuick ? 500 : 1000))
    const before = await sentThrough(lab, from.node, device)
    const bytes = Number(await send(String(milliseconds)))
    // Buffers at both ends hold some of it.
    if ((await sentThrough(lab, from.node, device)) - before < bytes / 2)
      throw new Error(`not through ${device}`)
    return (8 * bytes) / (milliseconds * 1e3)
  }
}
