/** All objects of a kind, and opening a database that holds them. */
import { join } from 'node:path'
import { SqliteStore } from '@margay/storage'
import { bench, type Context, type Suite } from '../harness/bench.ts'
import { durations, keep } from '../harness/measure.ts'
import { median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { samplePolicy } from '../world/sample-policy.ts'

export function listSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [10] : [1000]).map((count) => {
    const list = bench('storage/list', count, 'objects')
    const open = bench('storage/open', count, 'objects')
    return {
      benches: [list, open],
      needsRoot: false,
      async *run(context: Context) {
        const path = join(await temporaryDirectory(context), 'store.db')
        await fill(path, count)
        const runs = context.isQuick ? 2 : 15
        yield { bench: list, metrics: { ms: await timeList(path, runs) } }
        yield {
          bench: open,
          metrics: { ms: median(await durations(() => new SqliteStore({ path }).close(), runs)) },
        }
      },
    }
  })
}

async function fill(path: string, count: number): Promise<void> {
  const store = new SqliteStore({ path })
  for (let i = 0; i < count; i++) await store.create(`/policies/default/${i}`, samplePolicy(`p-${i}`, i))
  await store.close()
}

async function timeList(path: string, runs: number): Promise<number> {
  const store = new SqliteStore({ path })
  try {
    return median(await durations(async () => keep(await store.list('/policies/')), runs, 2))
  } finally {
    await store.close()
  }
}
