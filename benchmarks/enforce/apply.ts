/**
 * From the start of a write to the kernel's first decision by it: real server, real agent, real packets, all pods of the
 * lab on one node. One policy is switched between Allow and Deny.
 */
import type { ApiClient } from '@margay/client'
import type { Lab } from '@margay/lab'
import { createAll, kindOf, startApiServer } from '../harness/api-server.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { margay, startChild } from '../harness/child.ts'
import { latencies } from '../harness/statistics.ts'
import { Writer } from '../harness/writer.ts'
import { startLab } from '../world/lab-world.ts'
import { nodeName } from '../world/pods.ts'
import { admitted } from '../world/world.ts'
import { awaitDecision, type SendProbe } from './prober.ts'
import { namespace, opposite, serverPort, type Toggle, togglePolicy, toggleWorld } from './toggle-world.ts'

const policies = 100

export function applySuites(isQuick: boolean): Suite[] {
  return (isQuick ? [4] : [10, 100, 250]).map((pods) =>
    single(bench('enforce/apply', pods, 'local pods'), (context) => measure(pods, context), true),
  )
}

async function measure(pods: number, context: Context): Promise<Metrics> {
  const objects = toggleWorld({ pods, policies: context.isQuick ? 4 : policies })
  const { lab, node } = await startLab(context, objects.map(admitted))
  await lab.serve([lab.pod(namespace, 'server')], { udp: [serverPort] })
  const { client, kubeconfig } = await startApiServer(context)
  await createAll(client, objects)
  const writer = new Writer(client, await createToggle(client))
  const agent = margay('agent', '--node', nodeName, '--netns', node.netns, '--kubeconfig', kubeconfig)
  await startChild(agent, (line) => line.startsWith('enforcing policy '), context)
  const switched = await switchOften(writer, sender(lab), context.isQuick ? 1 : 40)
  return {
    ...latencies(switched.map(({ enforcedMs }) => enforcedMs)),
    ...latencies(
      switched.map(({ writeMs }) => writeMs),
      'write_',
    ),
    changes: switched.length,
  }
}

function createToggle(client: ApiClient) {
  const policy = togglePolicy('Deny')
  return client.create(kindOf(policy), policy)
}

/** A blocked probe is known after this; an echo in the lab takes less than a tenth of it. */
const timeoutMs = 150

function sender(lab: Lab): SendProbe {
  const [from, server] = [lab.pod(namespace, 'client'), lab.pod(namespace, 'server')]
  const to = server.ips[0] ?? ''
  return async () => {
    const { outcome } = await lab.probe({ from, to, protocol: 'UDP', port: serverPort, timeoutMs })
    return outcome === 'reached'
  }
}

/** Milliseconds since the write began. */
interface Switch {
  readonly writeMs: number
  readonly enforcedMs: number
}

/** As often in each direction; the first two warm up. */
async function switchOften(writer: Writer, send: SendProbe, timesEach: number): Promise<Switch[]> {
  let action: Toggle = 'Deny'
  const switches: Switch[] = []
  await awaitDecision(send, action)
  for (let i = 0; i < 2 + 2 * timesEach; i++) {
    action = opposite(action)
    switches.push(await switchTo(action, writer, send))
  }
  return switches.slice(2)
}

async function switchTo(action: Toggle, writer: Writer, send: SendProbe): Promise<Switch> {
  const start = performance.now()
  const [answered, decided] = await Promise.all([
    writer.write(togglePolicy(action)).then(() => performance.now()),
    awaitDecision(send, action),
  ])
  return { writeMs: answered - start, enforcedMs: decided - start }
}
