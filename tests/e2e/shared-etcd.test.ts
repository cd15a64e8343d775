/** Two servers on one etcd, which dies and comes back; and a backup that moves everything into SQLite. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, parseKubeconfig } from '@margay/client'
import { findKind, type ResourceObject } from '@margay/resources'
import { openServer, type RunningServer, verifyLog } from '@margay/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EtcdServer, etcdMissing, suiteName } from '../../packages/storage/src/testing/etcd-server.ts'
import { eventually } from './support/eventually.ts'
import { margay } from './support/margay.ts'

const kind = kindOf('NetworkSet')

function kindOf(name: string) {
  const found = findKind('projectcalico.org/v3', name)
  if (found === undefined) throw new Error(`${name} is not known`)
  return found
}

const set = (name: string, nets: readonly string[] = []): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkSet',
  metadata: { name, namespace: 'default' },
  spec: { nets },
})

function clientOf({ kubeconfigPath: path }: RunningServer): ApiClient {
  const readFile = (file: string): Buffer => readFileSync(file)
  return new ApiClient(
    parseKubeconfig(readFileSync(path, 'utf8'), { path, readFile: (file) => readFile(file).toString() }),
  )
}

describe.skipIf(etcdMissing !== undefined)(suiteName('two servers on one etcd'), () => {
  let directory: string
  let etcd: EtcdServer
  let servers: RunningServer[]
  let one: ApiClient
  let other: ApiClient

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'margay-shared-'))
    etcd = await EtcdServer.start()
    const first = await open('one')
    cpSync(join(directory, 'one/pki'), join(directory, 'other/pki'), { recursive: true })
    servers = [first, await open('other')]
    one = clientOf(first)
    other = clientOf(servers[1] ?? first)
  }, 60_000)
  afterAll(async () => {
    await Promise.all([one?.close(), other?.close()])
    for (const server of servers ?? []) await server.close()
    await etcd?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  function open(name: string): Promise<RunningServer> {
    return openServer({
      dataDir: join(directory, name),
      host: '127.0.0.1',
      port: 0,
      etcd: { servers: [etcd.endpoint] },
      printError: () => undefined,
    })
  }

  test('what one wrote the other reads at once', async () => {
    const created = await one.create(kind, set('seen', ['10.0.0.0/8']))
    expect(await other.get(kind, { name: 'seen', namespace: 'default' })).toEqual(created)
  })

  test('of two that change the same version one wins, and the other is told', async () => {
    const before = await one.create(kind, set('contended'))
    const clients = [one, other, one, other, one, other]
    const outcomes = await Promise.allSettled(
      clients.map((client, n) => client.update(kind, { ...before, spec: { nets: [`10.${n}.0.0/16`] } })),
    )
    const refusals = outcomes.filter((it) => it.status === 'rejected')
    expect(refusals).toHaveLength(clients.length - 1)
    expect(refusals.map(({ reason }) => reason.status)).toEqual(refusals.map(() => 409))
  })

  test('of two that create one name, one does', async () => {
    const outcomes = await Promise.allSettled(
      [one, other, one, other].map((client) => client.create(kind, set('first'))),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a Secret of just 1 MiB fits, with its audit record; with large annotations besides it is refused clearly', async () => {
    const secrets = findKind('v1', 'Secret')
    if (secrets === undefined) throw new Error('Secret is not a known kind')
    const secret = (name: string, annotations: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'default', annotations },
      data: { a: Buffer.alloc(1024 * 1024, 7).toString('base64') },
    })
    const created = await one.create(secrets, secret('large', {}))
    expect(await other.get(secrets, { name: 'large', namespace: 'default' })).toEqual(created)
    await one.update(secrets, { ...created, data: { a: Buffer.alloc(1024 * 1024, 8).toString('base64') } })
    const tooMuch = one.create(secrets, secret('larger', { a: 'x'.repeat(250_000) }))
    await expect(tooMuch).rejects.toMatchObject({ status: 413, message: expect.stringContaining('1.5 MiB') })
  })

  test('etcd dies: writes fail clearly, and go on when it is back; no record of a change is missing', async () => {
    await etcd.kill()
    await expect(one.create(kind, set('during'))).rejects.toMatchObject({ status: 503 })
    etcd.start()
    await eventually('a write goes through', () =>
      one.create(kind, set('after')).then(
        () => true,
        () => false,
      ),
    )
    expect(await other.get(kind, { name: 'after', namespace: 'default' })).toMatchObject({
      metadata: { name: 'after' },
    })
  }, 60_000)

  test('a backup of it starts a server on SQLite with the same objects', async () => {
    const file = join(directory, 'backup')
    expect(await margay(['backup', file, '--etcd-servers', etcd.endpoint])).toMatchObject({ exitCode: 0 })
    const data = join(directory, 'sqlite')
    expect(await margay(['restore', file, '--data-dir', data])).toMatchObject({ exitCode: 0 })
    const server = await openServer({
      dataDir: data,
      host: '127.0.0.1',
      port: 0,
      printError: () => undefined,
    })
    servers.push(server)
    const client = clientOf(server)
    const names = async (of: ApiClient) => (await of.list(kind)).items.map(({ metadata }) => metadata.name)
    expect(await names(client)).toEqual(await names(one))
    await client.close()
  }, 60_000)

  test('each server has its own log of what was asked of it, and each is whole', async () => {
    for (const server of servers.splice(0, 2)) await server.close()
    const logs = await Promise.all(['one', 'other'].map((name) => verifyLog(join(directory, name, 'audit'))))
    expect(logs).toMatchObject([{ ok: true }, { ok: true }])
    const created = (name: string): string[] => recordsOf(join(directory, name, 'audit'))
    expect(created('one')).toContain('seen')
    expect(created('other')).not.toContain('seen')
  })
})

function recordsOf(audit: string): string[] {
  return readdirSync(audit)
    .flatMap((file) => readFileSync(join(audit, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line).objectRef?.name)
}
