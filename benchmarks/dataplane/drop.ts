/** What a flood costs that is dropped at each hook, by a source that is one of a thousand, against forwarding it. */
import { bench, type Context, type Metrics, type Suite } from '../harness/bench.ts'
import { interleave } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { type Bed, floodOnce, startBeds } from './beds.ts'

const hooks = ['netdev', 'raw', 'forward'] as const
type Hook = (typeof hooks)[number]

export function dropSuite(): Suite {
  const benches = hooks.map((hook) => ({ hook, of: bench('dataplane/drop', hook, 'hook') }))
  return {
    benches: benches.map(({ of }) => of),
    needsRoot: true,
    async *run(context) {
      const { drop, forwarding } = await startBeds(['drop', 'forwarding'], context)
      await load(forwarding, base)
      for (const { hook, of } of benches) {
        await load(drop, `${base}${dropAt(hook, drop)}`)
        yield { bench: of, metrics: await measure(drop, forwarding, context) }
      }
    },
  }
}

async function load({ lab, node }: Bed, rules: string): Promise<void> {
  await lab.runInNode(node, 'nft', ['-f', '-'], `flush ruleset\n${rules}`)
}

/** Both follow connections, as a node with policy does. */
const base = `add table inet bench
add chain inet bench forward { type filter hook forward priority filter; policy accept; }
add rule inet bench forward ct state established,related accept
`

const setSize = 1000

function dropAt(hook: Hook, { client }: Bed): string {
  const others = Array.from({ length: setSize - 1 }, (_, i) => `192.0.${i >> 8}.${i & 255}`)
  const [table, chain] =
    hook === 'netdev' ? ['netdev', 'ingress'] : ['inet', hook === 'raw' ? 'prerouting' : 'late']
  const hooked = {
    netdev: `ingress device "${client.interfaceName}" priority 0`,
    raw: 'prerouting priority raw',
    forward: 'forward priority filter + 1',
  }[hook]
  return `add table ${table} flood
add set ${table} flood sources { type ipv4_addr; size ${setSize}; elements = { ${[...others, client.ips[0]].join(', ')} } }
add chain ${table} flood ${chain} { type filter hook ${hooked}; policy accept; }
add rule ${table} flood ${chain} ip saddr @sources drop
`
}

async function measure(drop: Bed, forwarding: Bed, { isQuick }: Context): Promise<Metrics> {
  const flows = isQuick ? 1024 : 20_480
  const sent = (bed: Bed, expected: number) => async () => {
    const { sentPerSecond, arrived } = await floodOnce(bed, flows)
    const isRight = expected === 0 ? arrived === 0 : arrived > expected / 2
    if (!isRight) throw new Error(`${arrived} of ${flows} packets arrived, where ${expected} should`)
    return sentPerSecond
  }
  const samples = await interleave({ drop: sent(drop, 0), forward: sent(forwarding, flows) }, isQuick ? 1 : 9)
  const [dropped, forwarded] = [median(samples.drop), median(samples.forward)]
  return {
    ratio_forwarded: dropped / forwarded,
    dropped_per_s: dropped,
    forwarded_per_s: forwarded,
  }
}
