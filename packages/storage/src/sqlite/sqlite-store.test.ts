import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StoreIoError, StoreLockedError, StoreOpenError } from '../errors.ts'
import { describeStoreConformance, resource } from '../testing/conformance.ts'
import { SqliteStore } from './sqlite-store.ts'

let directory: string
let files = 0
const newPath = (): string => join(directory, `${files++}.db`)
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-sqlite-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describeStoreConformance('SqliteStore', async (options) => new SqliteStore({ path: newPath(), ...options }))

test('reopening finds objects, revision and resumable history again', async () => {
  const path = newPath()
  const before = new SqliteStore({ path })
  const first = await before.create('/a/1', resource('1', 'x'))
  const second = await before.update('/a/1', resource('1', 'y'), first.revision)
  await before.create('/a/2', resource('2'))
  const gone = await before.delete('/a/2')
  await before.close()

  const after = new SqliteStore({ path })
  expect(await after.currentRevision()).toBe(gone.revision)
  expect((await after.list('/')).objects).toEqual([second])
  expect((await after.list('/', { atRevision: first.revision })).objects).toEqual([first])
  const seen: string[] = []
  for await (const events of after.watch('/', {
    fromRevision: first.revision,
    signal: new AbortController().signal,
  })) {
    if (seen.push(...events.map(({ type }) => type)) === 3) break
  }
  expect(seen).toEqual(['Modified', 'Added', 'Deleted'])
  await after.close()
})

test('compaction survives reopening', async () => {
  const path = newPath()
  const before = new SqliteStore({ path })
  const { revision } = await before.create('/a/1', resource('1'))
  await before.compact(revision)
  await before.close()
  const after = new SqliteStore({ path })
  await expect(after.list('/', { atRevision: revision - 1n })).rejects.toThrow(/compacted/)
  await after.close()
})

test('the history on disk is bounded too', async () => {
  const path = newPath()
  const store = new SqliteStore({ path, keepEvents: 10 })
  for (let n = 0; n < 100; n++) await store.create(`/a/${n}`, resource(String(n)))
  await store.close()
  const database = new DatabaseSync(path)
  expect(Number(database.prepare('SELECT count(*) AS n FROM history').get()?.n)).toBeLessThanOrEqual(13)
  database.close()
})

test('a second opener gets one clear error, and can open once the first has closed', async () => {
  const path = newPath()
  const first = new SqliteStore({ path })
  expect(() => new SqliteStore({ path })).toThrow(StoreLockedError)
  expect(() => new SqliteStore({ path })).toThrow(`the database ${path} is in use by another process`)
  await first.create('/a', resource('a'))
  await first.close()
  await new SqliteStore({ path }).close()
})

test('a missing directory, a foreign file and a newer format are refused by name', () => {
  expect(() => new SqliteStore({ path: join(directory, 'none', 'x.db') })).toThrow(StoreOpenError)
  const foreign = newPath()
  writeFileSync(
    foreign,
    'this is text, and long enough that nobody takes it for an empty database'.repeat(20),
  )
  expect(() => new SqliteStore({ path: foreign })).toThrow(/cannot open the database .*not a database/)
  const newer = newPath()
  const database = new DatabaseSync(newer)
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => new SqliteStore({ path: newer })).toThrow(/format 99/)
})

test('a write that the disk refuses leaves nothing behind, and the store goes on', async () => {
  const path = newPath()
  const prepared = new SqliteStore({ path })
  await prepared.close()
  const database = new DatabaseSync(path)
  database.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON store WHEN NEW.revision = 3
    BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
  database.close()
  const store = new SqliteStore({ path })
  await store.create('/a', resource('a'))
  const options = { journal: { n: 1 } }
  await expect(store.create('/b', resource('b'), options)).rejects.toThrow(StoreIoError)
  expect(await store.journal().read(0n, 1)).toEqual([])
  expect(await store.get('/b')).toBeUndefined()
  expect(await store.currentRevision()).toBe(2n)
  expect((await store.list('/')).objects).toHaveLength(1)
  await store.close()
})
