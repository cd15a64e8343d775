import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteStore } from '@margay/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realIo } from '../real-io.ts'
import { run } from '../run.ts'

let directory: string
let dataDir: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-backup-'))
  dataDir = mkdtempSync(join(directory, 'data-'))
  const store = new SqliteStore({ path: join(dataDir, 'margay.db') })
  for (const name of ['a', 'b']) await store.create(`/core/namespaces/${name}`, namespace(name))
  await store.close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const io = realIo()
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const inDirectory = (name: string): string => join(directory, name)

async function margay(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const sink = (pieces: string[]) => ({ write: (text: string) => void pieces.push(text), isTerminal: false })
  const exitCode = await run(args, { ...io, stdout: sink(out), stderr: sink(err) })
  return { exitCode, out: out.join(''), err: err.join('') }
}

async function namesIn(data: string): Promise<string[]> {
  const store = new SqliteStore({ path: join(data, 'margay.db') })
  const { objects } = await store.list('/')
  await store.close()
  return objects.map(({ value }) => value.metadata.name)
}

test('a backup brings all objects to another directory, and is for its owner alone', async () => {
  const file = inDirectory('whole')
  expect(await margay('backup', file, '--data-dir', dataDir)).toEqual({
    exitCode: 0,
    out: `2 objects written to ${file}\n`,
    err: '',
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const target = inDirectory('restored')
  expect(await margay('restore', file, '--data-dir', target)).toMatchObject({
    exitCode: 0,
    out: `2 objects restored from ${file}\n`,
  })
  expect(await namesIn(target)).toEqual(['a', 'b'])
})

test('it is never written over, and never restored over something', async () => {
  const file = inDirectory('once')
  await margay('backup', file, '--data-dir', dataDir)
  const before = readFileSync(file, 'utf8')
  const again = await margay('backup', file, '--data-dir', dataDir)
  expect(again).toMatchObject({ exitCode: 2, err: expect.stringContaining('exists; name a new file') })
  expect(readFileSync(file, 'utf8')).toBe(before)
  const over = await margay('restore', file, '--data-dir', dataDir)
  expect(over).toMatchObject({ exitCode: 1, err: expect.stringContaining('the store is not empty') })
})

test('with --replace what came after the backup is undone', async () => {
  const file = inDirectory('before')
  await margay('backup', file, '--data-dir', dataDir)
  const store = new SqliteStore({ path: join(dataDir, 'margay.db') })
  await store.create('/core/namespaces/c', namespace('c'))
  await store.close()
  const { exitCode } = await margay('restore', file, '--data-dir', dataDir, '--replace')
  expect([exitCode, await namesIn(dataDir)]).toEqual([0, ['a', 'b']])
})

test('what is cut off, altered or no backup at all is refused, and nothing of it is written', async () => {
  const file = inDirectory('sound')
  await margay('backup', file, '--data-dir', dataDir)
  const text = readFileSync(file, 'utf8')
  const refused = async (name: string, content: string): Promise<string> => {
    writeFileSync(inDirectory(name), content)
    const target = inDirectory(`${name}-target`)
    const { exitCode, err } = await margay('restore', inDirectory(name), '--data-dir', target)
    expect(exitCode).not.toBe(0)
    expect(await namesIn(target)).toEqual([])
    return err
  }
  expect(await refused('cut', text.slice(0, text.lastIndexOf('{')))).toContain('cut off')
  expect(await refused('altered', text.replace('"name":"a"', '"name":"z"'))).toContain('checksum is wrong')
  expect(await refused('empty', '')).toContain('it is empty')
  expect(await refused('other', 'kind: Namespace\n')).toContain('this is no backup')
})

test('a directory without a database is not made into one', async () => {
  const { exitCode, err } = await margay('backup', inDirectory('none'), '--data-dir', inDirectory('nowhere'))
  expect([exitCode, err]).toEqual([
    2,
    `error: cannot read ${inDirectory('nowhere/margay.db')}: no such file\n`,
  ])
})

test('while a server runs a backup is made, and nothing restored', async () => {
  const file = inDirectory('running')
  const store = new SqliteStore({ path: join(dataDir, 'margay.db') })
  expect(await margay('backup', file, '--data-dir', dataDir)).toMatchObject({ exitCode: 0, err: '' })
  for (const more of [[], ['--replace']]) {
    const { exitCode, err } = await margay('restore', file, '--data-dir', dataDir, ...more)
    expect([exitCode, err]).toEqual([
      3,
      `error: a server runs on ${dataDir}: stop it before you restore into it\n`,
    ])
  }
  await store.create('/core/namespaces/late', namespace('late'))
  await store.close()
  expect(await namesIn(dataDir)).toContain('late')
  await margay('restore', file, '--data-dir', dataDir, '--replace')
  expect(await namesIn(dataDir)).toEqual(['a', 'b'])
})

test('a backup tells how far the audit log had come', async () => {
  const data = mkdtempSync(join(directory, 'audited-'))
  const store = new SqliteStore({ path: join(data, 'margay.db') })
  const created = await store.create('/core/namespaces/a', namespace('a'), { journal: { n: 1 } })
  const changed = await store.update(created.key, namespace('a'), created.revision, { journal: { n: 2 } })
  const audited = async (name: string): Promise<unknown> => {
    await margay('backup', inDirectory(name), '--data-dir', data)
    return JSON.parse(readFileSync(inDirectory(name), 'utf8').split('\n')[0] ?? '').auditedRevision
  }
  expect(await audited('none-read')).toBe(String(created.revision - 1n))
  await store.journal().trim(created.revision)
  expect(await audited('one-read')).toBe(String(created.revision))
  await store.journal().trim(changed.revision)
  expect(await audited('all-read')).toBe(String(changed.revision))
  await store.close()
})

test('the place is named once, and rightly', async () => {
  const refusal = async (...args: string[]) => (await margay('backup', inDirectory('x'), ...args)).err
  expect(await refusal()).toContain('give either --data-dir or --etcd-servers')
  expect(await refusal('--data-dir', 'a', '--etcd-servers', 'http://a:1')).toContain('give either')
  expect(await refusal('--etcd-servers', 'etcd:2379')).toContain('must be http://HOST:PORT')
  expect(await refusal('--etcd-servers', 'http://a:1', '--etcd-prefix', 'x')).toContain(
    'must be like /margay',
  )
  expect(await refusal('--etcd-servers', 'https://a:1', '--etcd-certfile', 'c')).toContain(
    'give both or none',
  )
  expect(await refusal('--data-dir', 'a', '--etcd-cafile', 'c')).toContain(
    '--etcd-cafile: only with --etcd-servers',
  )
  expect(await refusal('--etcd-servers', 'https://a:1', '--etcd-cafile', inDirectory('no.pem'))).toContain(
    'no.pem: no such file',
  )
})
