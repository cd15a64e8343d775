/** Merging CIDRs to the fewest that hold the same addresses, and finding an address among prefixes. */
import { type Cidr, mergeCidrs, PrefixTree, parseCidr, parseIp } from '@margay/netset'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { callMetrics, durations, keep, planFor } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { seededRandom } from '../world/random.ts'

export function netsetSuites(isQuick: boolean): Suite[] {
  const merges = isQuick ? [100] : [1000, 10_000]
  const lookUps = isQuick ? [100] : [1000, 100_000]
  return [
    ...merges.map((count) =>
      single(bench('policy/netset-merge', count, 'prefixes'), (context) => measureMerge(count, context)),
    ),
    ...lookUps.map((count) =>
      single(bench('policy/netset-lookup', count, 'prefixes'), (context) => measureLookUp(count, context)),
    ),
  ]
}

async function measureMerge(count: number, { isQuick }: Context): Promise<Metrics> {
  const cidrs = somePrefixes(count)
  return { ms: median(await durations(() => keep(mergeCidrs(cidrs)), isQuick ? 2 : 15, 3)) }
}

function measureLookUp(count: number, context: Context): Metrics {
  const tree = new PrefixTree<true>()
  for (const cidr of somePrefixes(count)) tree.set(cidr, true)
  const random = seededRandom(3)
  const addresses = Array.from({ length: 1000 }, () => parseIp(dotted(random, 10))).filter(
    (ip) => ip !== undefined,
  )
  const batch = () => {
    for (const address of addresses) keep(tree.longestMatch(address))
    return addresses.length
  }
  return callMetrics(batch, planFor(context))
}

/** Of /16 to /32, scattered over 10.0.0.0/8. */
function somePrefixes(count: number): Cidr[] {
  const random = seededRandom(1)
  return Array.from({ length: count }, () =>
    parseCidr(`${dotted(random, 10)}/${16 + Math.floor(random() * 17)}`),
  ).filter((cidr) => cidr !== undefined)
}

function dotted(random: () => number, first: number): string {
  return [first, ...Array.from({ length: 3 }, () => Math.floor(random() * 256))].join('.')
}
