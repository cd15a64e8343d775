/** One full TCP connection between pods of two nodes, through a tunnel of ours and through one made by hand. No policy in either. */
import { join } from 'node:path'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { type Ask, startTalking } from '../dataplane/talk.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { encryptNode } from './encrypted-node.ts'
import { NodesInMemory } from './memory-api.ts'
import { nodeObject } from './node-objects.ts'
import { tunnelByHand } from './tunnel-by-hand.ts'

export function throughputSuite(): Suite {
  return single(
    { ...bench('wireguard/throughput', 1, 'connection'), id: 'wireguard/throughput' },
    measure,
    true,
  )
}

const port = 5003
const program = join(import.meta.dirname, '../dataplane/stream.ts')

async function measure(context: Context): Promise<Metrics> {
  const lab = await createLab({ name: 'bench-wireguard' })
  context.defer(() => lab.close())
  const directory = await temporaryDirectory(context)
  const ours = await pairOn(lab, 'ours', 1)
  const hand = await pairOn(lab, 'hand', 3)
  const api = new NodesInMemory()
  for (const { node, podCidr } of ours.ends) {
    api.put(nodeObject({ name: node.name, address: node.ips[0] ?? '', podCidr }))
    const encrypted = encryptNode(node, api, join(directory, node.name))
    context.defer(() => encrypted.remove())
  }
  await tunnelByHand(lab, hand.ends, directory, context)
  const milliseconds = context.isQuick ? 50 : 1500
  const [byUs, byHand] = [await startStream(ours, context), await startStream(hand, context)]
  const megabits = (stream: Ask) => async () =>
    (8 * Number(await stream(String(milliseconds)))) / (milliseconds * 1e3)
  const samples = await interleave({ ours: megabits(byUs), hand: megabits(byHand) }, context.isQuick ? 1 : 9)
  const [withUs, without] = [median(samples.ours), median(samples.hand)]
  return { megabits_per_s: withUs, baseline_megabits_per_s: without, ratio: withUs / without }
}

interface End {
  readonly node: LabNode
  readonly podCidr: string
}

interface Pair {
  readonly ends: readonly [End, End]
  readonly client: { readonly netns: string }
  readonly server: { readonly netns: string; readonly ips: readonly string[] }
}

/** Two nodes with a pod each. `index` is free with the one behind it. */
async function pairOn(lab: Lab, name: string, index: number): Promise<Pair> {
  const ends: End[] = []
  for (const [side, number] of [index, index + 1].entries()) {
    const node = await lab.addNode(`${name}-${side + 1}`)
    ends.push({ node, podCidr: `10.65.${number}.0/24` })
    await lab.addPod({
      node: node.name,
      namespace: 'bench',
      name: `${name}-${side + 1}`,
      ips: [`10.65.${number}.1`],
      interfaceName: `cali${name}${side + 1}`,
    })
  }
  const [client, server] = [lab.pod('bench', `${name}-1`), lab.pod('bench', `${name}-2`)]
  return { ends: ends as [End, End], client, server } as unknown as Pair
}

async function startStream({ client, server }: Pair, context: Context): Promise<Ask> {
  await startTalking({ args: [program, 'serve', String(port)], netns: server.netns }, context)
  return startTalking(
    { args: [program, 'send', server.ips[0] ?? '', String(port)], netns: client.netns },
    context,
  )
}
