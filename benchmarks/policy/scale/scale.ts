/**
 * The engine at the size of a cluster, on published shapes. Each is measured in a process of its own, by a bundled program that runs
 * with --expose-gc: so nothing that another one left behind, in memory or in what was compiled for it, counts.
 *
 * `policy/snapshot-250k`, `policy/netsets`, `policy/isolated-customers-…`: admitted resources in, full state out. The objects are made,
 * and are as admission leaves them, before time starts. In: they are told to a `StateBuilder` as one update. Full state: for each local
 * endpoint the policies that govern it in both directions, and for each address set that the rules of these use, all addresses of the
 * endpoints and all prefixes of the network sets in it. Then the local endpoints are deleted, as one update, and the full state is asked
 * for again: nothing is left of it. `seconds` is all of this; what is between, such as a collection before memory is measured, is not.
 *
 * `policy/label-index`: see label-index-process.ts.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Context, type Metrics, published, type Suite, single } from '../../harness/bench.ts'
import { bundled } from '../../harness/bundled.ts'
import { median } from '../../harness/statistics.ts'

const limitMs = 300_000

export function scaleSuites(isQuick: boolean): Suite[] {
  const size = (full: number, quick: number) => (isQuick ? quick : full)
  return [
    engine('policy/snapshot-250k', 'remote endpoints', 'snapshot', size(250_000, 1000)),
    engine('policy/netsets', 'endpoints, and as many network sets', 'netsets', size(10_000, 1000)),
    engine('policy/isolated-customers-1k', 'namespaces', 'isolatedCustomers', size(1000, 100)),
    engine('policy/isolated-customers-10k', 'namespaces', 'isolatedCustomers', size(10_000, 100)),
    engine('policy/isolated-customers-100k', 'namespaces', 'isolatedCustomers', size(100_000, 100)),
    labelIndex(size(10_000, 100), size(100_000, 1000)),
  ]
}

function engine(name: string, unit: string, shape: string, size: number): Suite {
  return single(published(name, size, unit), (context) =>
    measure('engine-process', [shape, String(size)], context),
  )
}

function labelIndex(selectors: number, endpoints: number): Suite {
  return single(published('policy/label-index', selectors, 'selectors'), (context) =>
    measure('label-index-process', [String(selectors), String(endpoints)], context),
  )
}

/** The median of each figure over some processes. */
async function measure(program: string, args: readonly string[], { isQuick }: Context): Promise<Metrics> {
  const path = await bundled(join(import.meta.dirname, `${program}.ts`), program)
  const rounds: Metrics[] = []
  for (let round = 0; round < (isQuick ? 1 : 3); round++) rounds.push(await figuresOf(path, args))
  const names = Object.keys(rounds[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((it) => it[name] ?? 0))]))
}

async function figuresOf(path: string, args: readonly string[]): Promise<Metrics> {
  const command = ['--expose-gc', path, ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: limitMs })
  return JSON.parse(stdout)
}
