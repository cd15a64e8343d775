import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backup } from '../backup/backup.ts'
import { CompactedError, FutureRevisionError, StoreOpenError } from '../errors.ts'
import type { BackupSource } from '../store.ts'
import { resource } from '../testing/conformance.ts'
import { SqliteSnapshot } from './sqlite-snapshot.ts'
import { SqliteStore } from './sqlite-store.ts'

const writer = fileURLToPath(new URL('../testing/write-until-killed.ts', import.meta.url))
const now = new Date('2026-01-02T03:04:05.678Z')

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-snapshot-'))
  path = join(directory, 'store.db')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('beside another process that writes all the time, and after it was killed, each shows one moment', async () => {
  const child = spawn(process.execPath, [writer, path, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const answered = linesOf(child)
  let [last, taken] = [0n, 0]
  while (taken < 10) {
    // What was answered last may be older than what the last snapshot saw.
    let before = await answered.more()
    while (before <= last) before = await answered.more()
    const revision = await expectOneMoment()
    expect(revision).toBeGreaterThan(last)
    expect(revision).toBeGreaterThanOrEqual(before)
    last = revision
    taken++
  }
  child.kill('SIGKILL')
  await answered.ended
  expect(await expectOneMoment()).toBeGreaterThanOrEqual(answered.last())
}, 60_000)

/** The writer puts a record with each write, so that the last ones for each key tell what must be there. */
async function expectOneMoment(): Promise<bigint> {
  const snapshot = new SqliteSnapshot(path)
  try {
    const revision = await snapshot.currentRevision()
    const lines = await slowly(snapshot)
    const entries = await snapshot.journal().read(0n, 1_000_000)
    expect(entries.at(-1)?.revision).toBe(revision)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ revision: String(revision), auditedRevision: '1' })
    const expected = new Map(entries.map(({ record }) => [record.key, record.mark]))
    const objects = lines.slice(1, -1).map((line) => JSON.parse(line))
    expect(new Map(objects.map(({ key, value }) => [key, value.mark]))).toEqual(expected)
    return revision
  } finally {
    await snapshot.close()
  }
}

/** In the midst of it, the other one goes on. */
async function slowly(source: BackupSource): Promise<string[]> {
  const lines: string[] = []
  for await (const line of backup(source, now)) {
    lines.push(line)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return lines
}

function linesOf(child: ChildProcess) {
  let text = ''
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.stdout?.on('data', (chunk) => {
    text += String(chunk)
  })
  const last = (): bigint =>
    BigInt(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1)?.split(' ')[1] ?? 0)
  /** Once there are others: the revision of the newest. */
  const more = async (): Promise<bigint> => {
    const known = text.length
    await expect.poll(() => text.length, { timeout: 30_000 }).toBeGreaterThan(known)
    return last()
  }
  return { ended, last, more }
}

test('the store closes, and opens again, and compacts, while one is open; it shows what it did', async () => {
  const store = new SqliteStore({ path, keepEvents: 10 })
  const { revision } = await store.create('/a/1', resource('1'))
  const snapshot = new SqliteSnapshot(path)
  await store.update('/a/1', resource('1', 'new'), revision)
  await store.close()
  const again = new SqliteStore({ path, keepEvents: 10 })
  for (let n = 0; n < 100; n++) await again.create(`/b/${n}`, resource(String(n)))
  expect((await snapshot.list('/')).objects).toEqual([{ key: '/a/1', value: resource('1'), revision }])
  await again.close()
  await snapshot.close()
  const last = new SqliteStore({ path })
  expect((await last.list('/')).objects).toHaveLength(101)
  await last.close()
})

test('pages, and only of the revision that it is of', async () => {
  const store = new SqliteStore({ path })
  for (const name of ['a', 'b', 'c']) await store.create(`/x/${name}`, resource(name))
  await store.create('/y/d', resource('d'))
  const snapshot = new SqliteSnapshot(path)
  const first = await snapshot.list('/x/', { limit: 2 })
  expect([first.objects.map(({ key }) => key), first.hasMore]).toEqual([['/x/a', '/x/b'], true])
  const { revision } = first
  const rest = await snapshot.list('/x/', { limit: 2, startAfter: '/x/b', atRevision: revision })
  expect([rest.objects.map(({ key }) => key), rest.hasMore]).toEqual([['/x/c'], false])
  await expect(snapshot.list('/', { atRevision: revision - 1n })).rejects.toThrow(CompactedError)
  await expect(snapshot.list('/', { atRevision: revision + 1n })).rejects.toThrow(FutureRevisionError)
  await snapshot.close()
  await store.close()
})

test('of what is not there none is made, and what is no store is refused', () => {
  expect(() => new SqliteSnapshot(path)).toThrow(StoreOpenError)
  expect(existsSync(path)).toBe(false)
})
