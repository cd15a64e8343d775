import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EtcdStore } from '../etcd/etcd-store.ts'
import { MemoryStore } from '../memory/memory-store.ts'
import { SqliteStore } from '../sqlite/sqlite-store.ts'
import type { Store } from '../store.ts'
import { resource } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, suiteName } from '../testing/etcd-server.ts'
import { backup } from './backup.ts'
import { BackupDamagedError, BackupFormatError, StoreNotEmptyError } from './errors.ts'
import { restore } from './restore.ts'

const now = new Date('2026-01-02T03:04:05.678Z')

test.skipIf(etcdMissing !== undefined)(
  suiteName('from SQLite to etcd and back to SQLite nothing is lost'),
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'margay-backup-'))
    const server = await EtcdServer.start()
    const first = new SqliteStore({ path: join(directory, 'first.db') })
    const middle = await EtcdStore.open({ endpoints: [server.endpoint] })
    const second = new SqliteStore({ path: join(directory, 'second.db') })
    try {
      await fill(first, 1200)
      await first.delete('/x/00007')
      expect(await restore(middle, backup(first, now))).toMatchObject({ count: 1199 })
      const { revision } = await restore(second, backup(middle, now))
      expect(await contentOf(middle)).toEqual(await contentOf(first))
      expect(await contentOf(second)).toEqual(await contentOf(first))
      expect(revision).toBe(await second.currentRevision())
    } finally {
      for (const store of [first, middle, second]) await store.close()
      await server.remove()
      rmSync(directory, { recursive: true, force: true })
    }
  },
  20_000,
)

test('a backup shows one revision, whatever is written while it runs', async () => {
  const store = new MemoryStore()
  await fill(store, 1200)
  const before = await contentOf(store)
  const lines: string[] = []
  for await (const line of backup(store, now)) {
    lines.push(line)
    if (lines.length % 10 === 0) {
      await store.delete(`/x/${String(1200 - lines.length / 10).padStart(5, '0')}`)
      await store.create(`/a/${lines.length}`, resource('new'))
    }
  }
  const restored = new MemoryStore()
  await restore(restored, lines)
  expect(await contentOf(restored)).toEqual(before)
})

test('the text of a backup', async () => {
  const store = new MemoryStore()
  await fill(store, 2)
  expect(await linesOf(store)).toEqual([
    '{"format":"margay-backup","version":1,"revision":"3","auditedRevision":"3","madeAt":"2026-01-02T03:04:05.678Z"}',
    '{"key":"/x/00000","value":{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"é\\n0"},"mark":0}}',
    '{"key":"/x/00001","value":{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"é\\n1"},"mark":1}}',
    expect.stringMatching(/^\{"count":2,"sha256":"[0-9a-f]{64}"\}$/),
  ])
})

test('what is left out is not in it, and not counted', async () => {
  const store = new MemoryStore()
  await fill(store, 3)
  const lines: string[] = []
  const leavesOut = ({ metadata }: { readonly metadata: { readonly name: string } }) =>
    metadata.name.endsWith('1')
  for await (const line of backup(store, now, { leavesOut })) lines.push(line)
  expect(lines.join()).not.toContain('/x/00001')
  expect(await restore(new MemoryStore(), lines)).toMatchObject({ count: 2 })
})

test('an empty store can be backed up and restored', async () => {
  expect(await restore(new MemoryStore(), backup(new MemoryStore(), now))).toEqual({ count: 0, revision: 1n })
})

test('a store that has an object is left alone', async () => {
  const [source, target] = [new MemoryStore(), new MemoryStore()]
  await fill(source, 3)
  const { key } = await target.create('/present', resource('p'))
  await expect(restore(target, backup(source, now))).rejects.toThrow(StoreNotEmptyError)
  await expect(restore(target, backup(source, now))).rejects.toThrow('it has /present')
  expect((await target.list('/')).objects.map((object) => object.key)).toEqual([key])
})

test('told to replace, it makes the store equal to the backup, and leaves alone what is equal already', async () => {
  const [source, target] = [new MemoryStore(), new MemoryStore()]
  await fill(source, 200)
  await fill(target, 150)
  const kept = await target.get('/x/00001')
  const other = await target.get('/x/00000')
  await target.update('/x/00000', resource('other'), other?.revision ?? 0n)
  await target.create('/surplus', resource('surplus'))
  expect(await restore(target, backup(source, now), { replace: true })).toMatchObject({ count: 200 })
  expect(await contentOf(target)).toEqual(await contentOf(source))
  expect(await target.get('/x/00001')).toEqual(kept)
})

test('what is no backup, or one of a newer format, is refused by name', async () => {
  const newer = '{"format":"margay-backup","version":2,"revision":"1"}'
  for (const lines of [[], [''], ['kind: Pod'], ['{}'], [newer, '{}']]) {
    await expect(restore(new MemoryStore(), lines)).rejects.toThrow(BackupFormatError)
  }
  await expect(restore(new MemoryStore(), [newer])).rejects.toThrow(
    'the backup has format 2, and this version reads formats up to 1',
  )
})

test('a backup that is cut off anywhere, or has lost, doubled or moved a line, is refused and nothing written', async () => {
  const source = new MemoryStore()
  await fill(source, 4)
  const lines = await linesOf(source)
  const text = lines.join('\n')
  const cutOff = Array.from({ length: text.length }, (_, end) => text.slice(0, end).split('\n'))
  const withoutOne = lines.map((_, n) => lines.toSpliced(n, 1))
  const doubled = lines.map((line, n) => lines.toSpliced(n, 0, line))
  const swapped = lines.slice(1).map((line, n) => lines.toSpliced(n, 2, line, lines[n] ?? ''))
  for (const damaged of [...cutOff, ...withoutOne, ...doubled, ...swapped]) await expectRefused(damaged)
})

test('a backup with any other character in any place is refused and nothing written', async () => {
  const source = new MemoryStore()
  await fill(source, 3)
  const text = (await linesOf(source)).join('\n')
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.string({ minLength: 1, maxLength: 1 }),
      async (at, other) => {
        fc.pre(text[at] !== other)
        await expectRefused(`${text.slice(0, at)}${other}${text.slice(at + 1)}`.split('\n'))
      },
    ),
    { numRuns: 500 },
  )
})

async function expectRefused(lines: readonly string[]): Promise<void> {
  const target = new MemoryStore()
  const failure = await restore(target, lines).catch((error) => error)
  expect([BackupDamagedError, BackupFormatError]).toContain(failure.constructor)
  expect(await target.currentRevision()).toBe(1n)
}

async function fill(store: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await store.create(`/x/${String(n).padStart(5, '0')}`, resource(`é\n${n}`, n))
  }
}

async function linesOf(store: Store): Promise<string[]> {
  const lines: string[] = []
  for await (const line of backup(store, now)) lines.push(line)
  return lines
}

async function contentOf(store: Store): Promise<unknown> {
  return (await store.list('/')).objects.map(({ key, value }) => [key, value])
}
