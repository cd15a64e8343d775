import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { StoreLockedError } from '../errors.ts'
import type { Store } from '../store.ts'
import { SqliteStore } from './sqlite-store.ts'

const writer = fileURLToPath(new URL('../testing/write-until-killed.ts', import.meta.url))

test('kill -9, six times over one database: every answered write and its journal entry is there, and nobody else could open it', {
  timeout: 120_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'margay-durability-'))
  const path = join(directory, 'store.db')
  let highest = 1n
  for (let round = 0; round < 6; round++) {
    const answered = await writeAndKill(path, round, 40 + 60 * round)
    expect(answered.length).toBeGreaterThan(0)
    highest = await expectKept(path, answered, highest)
  }
  rmSync(directory, { recursive: true, force: true })
})

/** Lets the writer answer at least `count` writes, kills it, and returns all that it answered. */
async function writeAndKill(path: string, round: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.split('\n').length <= count) continue
    if (!child.killed) expect(() => new SqliteStore({ path })).toThrow(StoreLockedError)
    child.kill('SIGKILL')
  }
  expect(await exited).toBe('SIGKILL')
  return output.split('\n').slice(0, -1)
}

/** Later writes of the same key may stand in place of answered ones, but never earlier ones. */
async function expectKept(path: string, answered: readonly string[], highestBefore: bigint): Promise<bigint> {
  const store = new SqliteStore({ path })
  for (const line of answered) {
    const [key = '', revision = '', mark = ''] = line.split(' ')
    expect(BigInt(revision)).toBeGreaterThan(highestBefore)
    const kept = await store.get(key)
    expect(kept?.revision).toBeGreaterThanOrEqual(BigInt(revision))
    if (kept?.revision === BigInt(revision)) expect(kept.value.mark).toBe(Number(mark))
  }
  const current = await store.currentRevision()
  expect(current).toBeGreaterThanOrEqual(BigInt(answered.at(-1)?.split(' ')[1] ?? 0))
  await expectJournal(store, answered, highestBefore)
  await store.close()
  return current
}

/** The writer put a record with every write, so the journal has one for each revision that there is, and no other. */
async function expectJournal(store: Store, answered: readonly string[], highestBefore: bigint) {
  const current = await store.currentRevision()
  const entries = await store.journal().read(0n, 1_000_000)
  expect(entries.map(({ revision }) => revision)).toEqual(revisions(highestBefore, current))
  for (const line of answered) {
    const [key, revision = '', mark] = line.split(' ')
    const entry = entries[Number(BigInt(revision) - highestBefore) - 1]
    expect(entry).toEqual({ revision: BigInt(revision), record: { key, mark: Number(mark) } })
  }
  for (const { record, revision } of entries.slice(-20)) {
    const kept = await store.get(String(record.key))
    if (kept?.revision === revision) expect(kept.value.mark).toBe(record.mark)
    else expect(kept?.revision).toBeGreaterThan(revision)
  }
  await store.journal().trim(current)
}

function revisions(after: bigint, through: bigint): bigint[] {
  return Array.from({ length: Number(through - after) }, (_, n) => after + BigInt(n) + 1n)
}
