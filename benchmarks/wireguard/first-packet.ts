/**
 * From a node that is added, with an agent that starts its device, to the first answer that its pod gets from a pod of another node through
 * the tunnel. The API is in memory and tells at once.
 */
import { join } from 'node:path'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { encryptNode } from './encrypted-node.ts'
import { NodesInMemory } from './memory-api.ts'
import { nodeObject } from './node-objects.ts'

export function firstPacketSuite(): Suite {
  return single(
    { ...bench('wireguard/first-packet', 1, 'node'), id: 'wireguard/first-packet' },
    measure,
    true,
  )
}

const port = 5004

async function measure(context: Context): Promise<Metrics> {
  const lab = await createLab({ name: 'bench-first-packet' })
  context.defer(() => lab.close())
  const directory = await temporaryDirectory(context)
  const [old, added] = [await addNode(lab, 1), await addNode(lab, 2)]
  await lab.serve([lab.pod('bench', 'pod-1')], { tcp: [port] })
  const api = new NodesInMemory()
  api.put(objectOf(old, 1))
  const encrypted = encryptNode(old, api, join(directory, old.name))
  context.defer(() => encrypted.remove())
  const samples: number[] = []
  for (let turn = 0; turn < (context.isQuick ? 1 : 9); turn++)
    samples.push(await oneTurn(lab, added, api, join(directory, `turn-${turn}`)))
  return { p50_ms: median(samples), max_ms: Math.max(...samples) }
}

async function oneTurn(lab: Lab, node: LabNode, api: NodesInMemory, directory: string): Promise<number> {
  const since = performance.now()
  api.put(objectOf(node, 2))
  const encrypted = encryptNode(node, api, directory)
  const ms = await untilAnswered(lab, node, since)
  await encrypted.remove()
  api.remove(node.name)
  // Until it is nobody's peer: the next turn begins as this one did.
  await new Promise((resolve) => setTimeout(resolve, 500))
  return ms
}

/** Through the tunnel: before it is there, a packet would go in the clear. */
async function untilAnswered(lab: Lab, node: LabNode, since: number): Promise<number> {
  const request = {
    from: lab.pod('bench', 'pod-2'),
    to: '10.65.1.1',
    protocol: 'TCP',
    port,
    timeoutMs: 100,
  } as const
  for (;;) {
    const { stdout } = await lab.runInNode(node, 'ip', ['route', 'show', 'table', '1'], '', {
      allowFailure: true,
    })
    if (!stdout.includes('10.65.1.0/24 dev wireguard.cali')) continue
    if ((await lab.probe(request)).outcome === 'reached') return performance.now() - since
  }
}

async function addNode(lab: Lab, number: number): Promise<LabNode> {
  const node = await lab.addNode(`node-${number}`)
  const ips = [`10.65.${number}.1`]
  await lab.addPod({
    node: node.name,
    namespace: 'bench',
    name: `pod-${number}`,
    ips,
    interfaceName: `calip${number}`,
  })
  return node
}

function objectOf({ name, ips }: LabNode, number: number) {
  return nodeObject({ name, address: ips[0] ?? '', podCidr: `10.65.${number}.0/24` })
}
