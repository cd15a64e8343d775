/** Nodes side by side, each with a pair of pods that talk: what differs between them is only what their kernels hold. */
import { join } from 'node:path'
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import { formatIp } from '@margay/netset'
import { type Pod, podToWorkloadEndpoint } from '@margay/resources'
import type { Context } from '../harness/bench.ts'
import { admitted } from '../world/world.ts'
import { namespace, pairOn, podsOn } from './policies-at-both.ts'
import { swallow, swallowed } from './sink.ts'
import { type Ask, startTalking } from './talk.ts'

export interface Bed {
  readonly lab: Lab
  readonly node: LabNode
  readonly client: LabPod
  readonly server: LabPod
  readonly flood: Ask
  readonly connect: Ask
}

const port = 5001

/** The first name is that of the node for which policies are compiled. */
export async function startBeds<Name extends string>(
  names: readonly Name[],
  context: Context,
): Promise<Record<Name, Bed>> {
  const lab = await createLab({ name: 'bench' })
  context.defer(() => lab.close())
  const beds: [Name, Bed][] = []
  for (const [index, name] of names.entries()) beds.push([name, await startBed(lab, name, index, context)])
  return Object.fromEntries(beds) as Record<Name, Bed>
}

async function startBed(lab: Lab, name: string, index: number, context: Context): Promise<Bed> {
  const node = await lab.addNode(name)
  await lab.addPods(
    podsOn(name, index).map((object) => {
      const workload = podToWorkloadEndpoint(admitted(object) as Pod)
      if (workload === undefined) throw new Error(`${object.metadata.name} has no network of its own`)
      return { ...workload, node: name, ips: workload.ips.map(formatIp) }
    }),
  )
  const [client, server] = pairOn(name).map((pod) => lab.pod(namespace, pod)) as [LabPod, LabPod]
  await swallow(lab, server)
  const program = join(import.meta.dirname, 'connections.ts')
  const to = server.ips[0] ?? ''
  await startTalking({ args: [program, 'serve', String(port)], netns: server.netns }, context)
  const connect = await startTalking(
    { args: [program, 'open', to, String(port)], netns: client.netns },
    context,
  )
  const args = [join(import.meta.dirname, 'flood.ts'), to]
  const flood = await startTalking({ args, netns: client.netns }, context)
  return { lab, node, client, server, flood, connect }
}

/** Connections opened and closed in a second. */
export async function connectionsPerSecond({ lab, node, connect }: Bed, count: number): Promise<number> {
  await lab.flushConntrack(node)
  return (1000 * count) / Number(await connect(String(count)))
}

export interface Flooded {
  readonly sentPerSecond: number
  readonly arrived: number
}

/** New flows of one datagram each. The flows of the round before are forgotten first, so that every round finds the same table. */
export async function floodOnce({ lab, node, server, flood }: Bed, flows: number): Promise<Flooded> {
  await lab.flushConntrack(node)
  const before = await swallowed(lab, server)
  const sentPerSecond = (1000 * flows) / Number(await flood(String(flows)))
  return { sentPerSecond, arrived: (await swallowed(lab, server)) - before }
}
