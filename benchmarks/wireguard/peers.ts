/**
 * What a node's end costs in a large cluster: to work it out and to follow what changes, and to tell a device of wireguard-go and the
 * kernel. Each node has a block of addresses (`blocks`), or each pod an address of its own (`singles`).
 */
import { createLab } from '@margay/lab'
import { changedRoutes } from '../../apps/agent/src/encryption/routing-plan.ts'
import type { DesiredTunnel } from '../../apps/agent/src/encryption/tunnel-model.ts'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { heapMb } from '../harness/heap.ts'
import { median } from '../harness/statistics.ts'
import { startKeptTunnel } from './kept-tunnel.ts'
import { FollowedCluster, type LargeCluster, largeCluster, nodeAt, nodeName, podAt } from './large-cluster.ts'

export function peersSuite(nodes: number): Suite {
  return single(bench('wireguard/peers', nodes, 'nodes'), (context) => measure(nodes, context), true)
}

async function measure(count: number, context: Context): Promise<Metrics> {
  const turns = context.isQuick ? 1 : 15
  const blocks = computed(largeCluster(count, 'blocks'), turns)
  const singles = computed(largeCluster(count, 'singles'), turns)
  const metrics = { ...blocks.metrics, ...prefixed('singles_', singles.metrics) }
  const [first, ...changes] = blocks.tunnels
  return { ...metrics, ...(await program(first, changes, context)) }
}

interface Computed {
  readonly metrics: Metrics
  /** One after the other: a node has another key each time. */
  readonly tunnels: readonly [DesiredTunnel, ...DesiredTunnel[]]
}

function computed(cluster: LargeCluster, turns: number): Computed {
  // Objects are read once, which counts; warm code does not.
  new FollowedCluster(largeCluster(20, cluster.addressing)).follow()
  const before = heapMb()
  const [computeMs, { followed, tunnel }] = timed(() => {
    const followed = new FollowedCluster(cluster)
    return { followed, tunnel: followed.follow() }
  })
  const memoryMb = heapMb() - before
  const nodeChanges = changesOf(turns, tunnel, (turn) => {
    cluster.nodes.set(nodeName(1 + turn), nodeAt(1 + turn, cluster.addressing))
    return followed.follow()
  })
  const last = nodeChanges.tunnels.at(-1) ?? tunnel
  // The first pods that no node has yet.
  const podChanges = changesOf(turns, last, (turn) =>
    followed.podCame(podAt(1 + turn, 100)) ? followed.follow() : last,
  )
  return {
    metrics: {
      compute_ms: computeMs,
      node_change_ms: median(nodeChanges.samples),
      pod_change_ms: median(podChanges.samples),
      memory_mb: memoryMb,
    },
    tunnels: [tunnel, ...nodeChanges.tunnels],
  }
}

/** Each to what the kernel's routes have to be changed by. */
function changesOf(turns: number, first: DesiredTunnel, change: (turn: number) => DesiredTunnel) {
  const [samples, tunnels]: [number[], DesiredTunnel[]] = [[], []]
  let before = first
  for (let turn = 0; turn < turns; turn++) {
    const [ms, tunnel] = timed(() => {
      const tunnel = change(turn)
      changedRoutes(before, tunnel, 1)
      return tunnel
    })
    samples.push(ms)
    tunnels.push(tunnel)
    before = tunnel
  }
  return { samples, tunnels }
}

function timed<Result>(work: () => Result): readonly [number, Result] {
  const since = performance.now()
  const result = work()
  return [performance.now() - since, result]
}

function prefixed(prefix: string, metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}${name}`, value]))
}

async function program(
  first: DesiredTunnel,
  changes: readonly DesiredTunnel[],
  context: Context,
): Promise<Metrics> {
  const lab = await createLab({ name: 'bench-peers' })
  context.defer(() => lab.close())
  const { netns } = await lab.addNode(nodeName(0))
  const tunnel = await startKeptTunnel(netns, context)
  const programMs = await tunnel.tell(first)
  const changeMs: number[] = []
  for (const change of changes) changeMs.push(await tunnel.tell(change))
  return { program_ms: programMs, program_change_ms: median(changeMs), device_rss_mb: tunnel.residentMb() }
}
