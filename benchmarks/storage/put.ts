/**
 * Writes that are on disk before they are answered, one after the other, against what the disk and SQLite allow: one row
 * inserted and committed through node:sqlite under the same settings, and one record appended and synced to a plain file.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ResourceObject } from '@margay/resources'
import { SqliteStore } from '@margay/storage'
import { bench, type Context, type Metrics, type Suite, single } from '../harness/bench.ts'
import { durations, interleave } from '../harness/measure.ts'
import { latencies, median } from '../harness/statistics.ts'
import { temporaryDirectory } from '../harness/temporary.ts'
import { samplePolicy } from '../world/sample-policy.ts'

export function putSuites(isQuick: boolean): Suite[] {
  return (isQuick ? [1] : [1, 16]).map((size) =>
    single(bench('storage/put', size, 'KiB'), (context) => measure(size, context)),
  )
}

async function measure(size: number, context: Context): Promise<Metrics> {
  const directory = await temporaryDirectory(context)
  const subjects = {
    store: await storePut(join(directory, 'store.db'), size, context),
    sqlite: sqlitePut(join(directory, 'raw.db'), size, context),
    file: filePut(join(directory, 'raw.log'), size, context),
  }
  const writes = context.isQuick ? 3 : 60
  const samples = await interleave(
    {
      store: () => durations(subjects.store, writes, 0),
      sqlite: () => durations(subjects.sqlite, writes, 0),
      file: () => durations(subjects.file, writes, 0),
    },
    context.isQuick ? 2 : 9,
  )
  const rate = (rounds: number[][]) => median(rounds.map((round) => (1000 * round.length) / sum(round)))
  const [puts, raw] = [rate(samples.store), rate(samples.sqlite)]
  return {
    puts_per_s: puts,
    ...latencies(samples.store.flat()),
    file_syncs_per_s: rate(samples.file),
    baseline_inserts_per_s: raw,
    ratio: puts / raw,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function storePut(path: string, size: number, { defer }: Context): Promise<() => Promise<void>> {
  const store = new SqliteStore({ path })
  defer(() => store.close())
  let { revision } = await store.create('/policies/default/one', objectOf(size, 0))
  let count = 0
  return async () => {
    const stored = await store.update('/policies/default/one', objectOf(size, ++count), revision)
    revision = stored.revision
  }
}

function sqlitePut(path: string, size: number, { defer }: Context): () => void {
  const database = new DatabaseSync(path)
  defer(() => database.close())
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('CREATE TABLE objects (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO objects VALUES (?, ?)')
  let count = 0
  return () => void insert.run(`/policies/default/${++count}`, JSON.stringify(objectOf(size, count)))
}

function filePut(path: string, size: number, { defer }: Context): () => void {
  const fd = openSync(path, 'a')
  defer(() => closeSync(fd))
  let count = 0
  return () => {
    writeSync(fd, JSON.stringify(objectOf(size, ++count)))
    fdatasyncSync(fd)
  }
}

function objectOf(size: number, order: number): ResourceObject {
  const policy = samplePolicy('one', order)
  const missing = Math.max(0, size * 1024 - JSON.stringify(policy).length)
  return { ...policy, metadata: { ...policy.metadata, annotations: { padding: 'x'.repeat(missing) } } }
}
