/** The matrix as the kernel has it: every pair of pods is tried with a real connection, under the compiled rules. */
import type { ProbeRequest } from '@margay/lab'
import { formatIp } from '@margay/netset'
import { buildPolicyState, evaluate, type PolicyState } from '@margay/policy'
import { enforce } from '../dataplane/enforcement.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { flowBetween } from '../world/flows.ts'
import { type LabWorld, startLab } from '../world/lab-world.ts'
import { dnsPort, httpPort } from '../world/pods.ts'
import { worldResources } from '../world/world.ts'
import { allPairs, type Pair, services } from './pairs.ts'

export function probeSuite(isQuick: boolean): Suite {
  const pods = isQuick ? 4 : 200
  return single(bench('matrix/probe', pods, 'pods'), (context) => measure(pods, context), true)
}

/** What does not arrive costs this long, and many wait at once. */
const probeOptions = { timeoutMs: 400, concurrency: 2000, retries: 1 }

async function measure(pods: number, context: Context): Promise<Metrics> {
  const resources = worldResources({ pods, policies: pods / 2 })
  const { state } = buildPolicyState(resources)
  const world = await startLab(context, resources)
  await world.lab.serve(world.pods, { tcp: [httpPort], udp: [dnsPort] })
  enforce(world.node.netns, state, world.node.name)
  const pairs = allPairs(state)
  const start = performance.now()
  const results = await world.lab.probeAll(
    pairs.map((pair) => requestFor(pair, world)),
    probeOptions,
  )
  const ms = performance.now() - start
  const reached = results.map(({ outcome }) => outcome === 'reached')
  return {
    ms,
    pairs_per_s: (1000 * pairs.length) / ms,
    pairs: pairs.length,
    allowed: reached.filter(Boolean).length,
    disagreements: pairs.filter((pair, i) => isAllowed(state, pair) !== reached[i]).length,
  }
}

const [service] = services

function isAllowed(state: PolicyState, { from, to }: Pair): boolean {
  return evaluate(state, flowBetween(from, to, service)).verdict === 'Allow'
}

function requestFor({ from, to }: Pair, { lab }: LabWorld): ProbeRequest {
  const address = to.addresses.find(({ version }) => version === service.version)
  if (address === undefined) throw new Error(`${to.key} has no IPv4 address`)
  return {
    from: lab.pod(from.namespace, from.name),
    to: formatIp(address),
    protocol: 'TCP',
    port: service.port,
  }
}
