/** What opening a connection costs, by how many policies both ends have. */
import { type Bench, bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { type Bed, connectionsPerSecond, floodOnce, startBeds } from './beds.ts'
import { loadPolicies } from './load.ts'

const names = ['ours', 'conntrack', 'none'] as const
type Beds = Record<(typeof names)[number], Bed>

interface Size {
  readonly of: Bench
  readonly policies: number
}

export function newConnectionsSuite(isQuick: boolean): Suite {
  const sizes: Size[] = (isQuick ? [1] : [10, 1000, 10_000]).map((policies) => ({
    of: bench('dataplane/new-connections', policies, 'policies'),
    policies,
  }))
  return {
    benches: sizes.map(({ of }) => of),
    needsRoot: true,
    async *run(context) {
      const beds = await startBeds(names, context)
      await beds.conntrack.lab.runInNode(beds.conntrack.node, 'nft', ['-f', '-'], onlyConntrack)
      for (const { of, policies } of sizes)
        yield { bench: of, metrics: await measure(policies, beds, context) }
    },
  }
}

/** As any stateful firewall begins. */
const onlyConntrack = `add table inet conntrack
add chain inet conntrack forward { type filter hook forward priority filter; policy accept; }
add rule inet conntrack forward ct state established,related accept
`

/** One sample takes about so long at most, and nothing gets fewer than so many. */
const sample = { ms: 150, atLeast: 32, atMost: 4000, flows: 10_240 } as const

async function measure(policies: number, beds: Beds, context: Context): Promise<Metrics> {
  const { isDone, ms } = await loadPolicies(beds.ours, policies, context)
  if (!isDone) return { gave_up_ms: ms }
  const connections = await compareConnections(beds, context)
  return { ...connections, ...(await compareFlows(beds, context)), load_ms: ms }
}

async function compareConnections(beds: Beds, { isQuick }: Context): Promise<Metrics> {
  const count = isQuick ? sample.atLeast : await fitting(beds.ours)
  const samples = await interleave(
    {
      ours: () => connectionsPerSecond(beds.ours, count),
      conntrack: () => connectionsPerSecond(beds.conntrack, count),
      none: () => connectionsPerSecond(beds.none, count),
    },
    isQuick ? 1 : 9,
  )
  const [ours, conntrack, none] = [median(samples.ours), median(samples.conntrack), median(samples.none)]
  return {
    ratio_conntrack: ours / conntrack,
    ratio_none: ours / none,
    connections_per_s: ours,
    none_connections_per_s: none,
  }
}

/** How many take about the time of a sample. */
async function fitting(bed: Bed): Promise<number> {
  const perSecond = await connectionsPerSecond(bed, sample.atLeast)
  return Math.min(sample.atMost, Math.max(sample.atLeast, Math.round((perSecond * sample.ms) / 1000)))
}

/** The flood sends 1,024 at a time at least. */
async function compareFlows(beds: Beds, { isQuick }: Context): Promise<Metrics> {
  const first = await floodOnce(beds.ours, 1024)
  const flows = isQuick || first.sentPerSecond < 10_000 ? 1024 : sample.flows
  const perSecond = (bed: Bed) => async () => {
    const { sentPerSecond, arrived } = await floodOnce(bed, flows)
    if (arrived < flows / 2) throw new Error(`only ${arrived} of ${flows} packets arrived`)
    return (sentPerSecond * arrived) / flows
  }
  const samples = await interleave(
    { ours: perSecond(beds.ours), conntrack: perSecond(beds.conntrack), none: perSecond(beds.none) },
    isQuick ? 1 : 7,
  )
  const [ours, conntrack, none] = [median(samples.ours), median(samples.conntrack), median(samples.none)]
  return {
    added_us: 1e6 / ours - 1e6 / none,
    added_to_conntrack_us: 1e6 / ours - 1e6 / conntrack,
    flows_per_s: ours,
    flows_ratio_conntrack: ours / conntrack,
    flows_ratio_none: ours / none,
  }
}
