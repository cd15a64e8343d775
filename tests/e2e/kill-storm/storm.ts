/**
 * The server killed with -9 in a storm of writes, again and again: every write that was answered is there, with its audit
 * record, and none is there by half. MARGAY_KILLS=N kills it more often than in CI. A file for each kind of
 * store, so that they run beside each other.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, parseKubeconfig } from '@margay/client'
import { findKind, type ResourceObject } from '@margay/resources'
import { verifyLog } from '@margay/server'
import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { MargayProcess, root } from '../support/margay.ts'

const kills = Number(process.env.MARGAY_KILLS ?? 100)
const writers = 8
const kind = findKind('projectcalico.org/v3', 'NetworkSet')

/** By name: the resourceVersions of all writes that were answered. */
type Answered = Map<string, string[]>

const set = (name: string, nets: readonly string[]): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkSet',
  metadata: { name, namespace: 'default' },
  spec: { nets },
})

async function startServer(
  directory: string,
  flags: readonly string[],
): Promise<{ server: MargayProcess; client: ApiClient }> {
  const path = join(directory, 'kubeconfig')
  const args = [
    'server',
    '--port',
    '0',
    '--data-dir',
    join(directory, 'data'),
    '--kubeconfig',
    path,
    ...flags,
  ]
  const bundle = join(root, 'apps/cli/dist/margay.js')
  const server = new MargayProcess(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    bundle,
    ...args,
  ])
  await server.printed(/kubeconfig: /)
  const text = readFileSync(path, 'utf8')
  const client = new ApiClient(
    parseKubeconfig(text, { path, readFile: (file) => readFileSync(file, 'utf8') }),
  )
  return { server, client }
}

/** Writes until the server is gone: each new set is changed once, and every third is deleted. */
async function write(
  client: ApiClient,
  prefix: string,
  answered: Answered,
  deleted: Set<string>,
): Promise<void> {
  if (kind === undefined) throw new Error('NetworkSet is not known')
  for (let n = 0; ; n++) {
    const name = `${prefix}-${n}`
    try {
      const created = await client.create(kind, set(name, ['10.0.0.0/8']))
      answered.set(name, [created.metadata.resourceVersion ?? ''])
      const changed = await client.update(kind, { ...created, spec: { nets: [] } })
      answered.get(name)?.push(changed.metadata.resourceVersion ?? '')
      if (n % 3 !== 0) continue
      // Once it was asked for, it may have happened, whether or not it was answered.
      deleted.add(name)
      await client.delete(kind, { name, namespace: 'default' })
    } catch {
      return
    }
  }
}

/** On a slow machine nothing may be answered in the time that a server has: then there would be nothing to lose. */
function moreAnswered(answered: Answered): Promise<void> {
  const enough = writesIn(answered).length + 3
  return eventually('writes are answered', () => writesIn(answered).length >= enough, 30_000)
}

function writesIn(answered: Answered): string[] {
  return [...answered].flatMap(([name, revisions]) => revisions.map((revision) => `${name} ${revision}`))
}

function auditRecords(directory: string): { name: string; revision: string }[] {
  const folder = join(directory, 'data', 'audit')
  const lines = readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
  return lines
    .map((line) => JSON.parse(line))
    .filter(
      (event) => event.objectRef?.resource === 'networksets' && event.objectRef.resourceVersion !== undefined,
    )
    .map((event) => ({ name: event.objectRef.name, revision: event.objectRef.resourceVersion }))
}

export async function killStorm(flags: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'margay-storm-'))
  try {
    await storm(directory, flags)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function storm(directory: string, flags: readonly string[]): Promise<void> {
  const answered: Answered = new Map()
  const deleted = new Set<string>()
  for (let n = 0; n < kills; n++) {
    const { server, client } = await startServer(directory, flags)
    const writing = Array.from({ length: writers }, (_, writer) =>
      write(client, `s-${n}-${writer}`, answered, deleted),
    )
    if (n % 2 === 1) await moreAnswered(answered)
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150))
    server.signal('SIGKILL')
    await Promise.all([server.ended, ...writing])
    await client.close()
  }
  const { server, client } = await startServer(directory, flags)
  if (kind === undefined) throw new Error('NetworkSet is not known')
  const { items } = await client.list(kind)
  await client.close()
  await server.stop()
  const stored = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))
  const records = auditRecords(directory)
  const recorded = new Set(records.map(({ name, revision }) => `${name} ${revision}`))

  const writes = writesIn(answered)
  console.log(`${kills} deaths, ${writes.length} answered writes, ${records.length} records`)
  expect(writes.length).toBeGreaterThan(kills)
  expect(writes.filter((it) => !recorded.has(it))).toEqual([])
  expect(recorded.size).toBe(records.length)
  expect([...answered.keys()].filter((name) => !stored.has(name) && !deleted.has(name))).toEqual([])
  const withoutRecord = [...stored].filter(([name, revision]) => !recorded.has(`${name} ${revision}`))
  expect(withoutRecord).toEqual([])
  expect(await verifyLog(join(directory, 'data', 'audit'))).toMatchObject({ ok: true, first: 1 })
}
