/** Backup and restore as an administrator does them: of a server that runs, and of an etcd that asks who one is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, parseKubeconfig } from '@margay/client'
import { findKind, type ResourceObject } from '@margay/resources'
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type KeyPair,
  verifyLog,
} from '@margay/server'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { EtcdServer, etcdMissing, suiteName } from '../../packages/storage/src/testing/etcd-server.ts'
import { askForUsers } from '../../packages/storage/src/testing/etcd-users.ts'
import { type Ended, type MargayProcess, margay, startMargay } from './support/margay.ts'

const kind = setKind()
let directory: string
const running: MargayProcess[] = []

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-backup-e2e-'))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function setKind() {
  const found = findKind('projectcalico.org/v3', 'GlobalNetworkSet')
  if (found === undefined) throw new Error('GlobalNetworkSet is not known')
  return found
}

const file = (name: string): string => join(directory, name)
const set = (n: number): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkSet',
  metadata: { name: `s${String(n).padStart(5, '0')}` },
  spec: { nets: ['10.0.0.0/8'] },
})

async function serve(data: string, ...flags: readonly string[]): Promise<ApiClient> {
  const server = startMargay(['server', '--port', '0', '--data-dir', file(data), ...flags])
  running.push(server)
  await server.printed(/kubeconfig: /)
  const path = file(`${data}/kubeconfig`)
  const readFile = (name: string): string => readFileSync(name, 'utf8')
  return new ApiClient(parseKubeconfig(readFile(path), { path, readFile }))
}

async function namesIn(client: ApiClient): Promise<string[]> {
  return (await client.list(kind)).items.map(({ metadata }) => metadata.name)
}

describe('a server on SQLite that is written to all the time', () => {
  test('is backed up as it was at one moment, goes on, and is not restored into while it runs', async () => {
    const client = await serve('busy')
    const end = new AbortController()
    let answered = 0
    const writing = (async () => {
      for (let n = 0; !end.signal.aborted; n++) {
        await client.create(kind, set(n))
        answered = n + 1
      }
    })()
    await expect.poll(() => answered, { timeout: 30_000 }).toBeGreaterThan(50)
    const before = answered
    const made = await margay(['backup', file('busy.backup'), '--data-dir', file('busy')])
    expect(made).toMatchObject({ exitCode: 0, stderr: '' })
    const after = answered
    const refused = await margay(['restore', file('busy.backup'), '--data-dir', file('busy'), '--replace'])
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: `error: a server runs on ${file('busy')}: stop it before you restore into it\n`,
    })
    await expect.poll(() => answered, { timeout: 30_000 }).toBeGreaterThan(after)
    end.abort()
    await writing
    await client.close()

    expect(await margay(['restore', file('busy.backup'), '--data-dir', file('again')])).toMatchObject({
      exitCode: 0,
    })
    const restored = await serve('again')
    const names = await namesIn(restored)
    await restored.close()
    expect(names).toEqual(names.map((_, n) => set(n).metadata.name))
    expect(names.length).toBeGreaterThanOrEqual(before)
    expect(names.length).toBeLessThanOrEqual(after + 1)

    const header = JSON.parse(readFileSync(file('busy.backup'), 'utf8').split('\n')[0] ?? '')
    expect(BigInt(header.auditedRevision)).toBeLessThanOrEqual(BigInt(header.revision))
    expect(await verifyLog(file('busy/audit'))).toMatchObject({ ok: true })
  }, 120_000)
})

describe.skipIf(etcdMissing !== undefined)(suiteName('an etcd that asks for name and password'), () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await EtcdServer.start()
    await askForUsers(etcd.endpoint, [{ name: 'margay', password: 'right', prefix: '/margay/registry' }])
    writeFileSync(file('password'), 'right\n')
    writeFileSync(file('wrong'), 'never-to-be-shown\n')
  })
  afterAll(() => etcd?.remove())

  const login = (password = 'password'): string[] => [
    '--etcd-servers',
    etcd.endpoint,
    '--etcd-username',
    'margay',
    '--etcd-password-file',
    file(password),
  ]

  test('a server keeps its objects there; backup and restore work beside it', async () => {
    const client = await serve('login', ...login())
    await client.create(kind, set(1))
    expect(await margay(['backup', file('login.backup'), ...login()])).toMatchObject({ exitCode: 0 })
    await client.create(kind, set(2))
    for (const server of running.splice(0)) await server.stop()
    await client.close()
    const restored = await margay(['restore', file('login.backup'), ...login(), '--replace'])
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' })
    const again = await serve('login', ...login())
    expect(await namesIn(again)).toEqual([set(1).metadata.name])
    await again.close()
  }, 120_000)

  test('a wrong password, none, and a file that is missing or empty are told in one line', async () => {
    writeFileSync(file('empty'), '\n')
    const backup = (...flags: string[]): Promise<Ended> =>
      margay(['backup', file('refused.backup'), ...flags])
    const refused = [
      { flags: login('wrong'), says: /does not let us open: .*invalid user ID or password/ },
      { flags: ['--etcd-servers', etcd.endpoint], says: /does not let us open: .*user name is empty/ },
      { flags: login('missing'), says: /missing: no such file/ },
      { flags: login('empty'), says: /empty: is empty/ },
    ]
    for (const { flags, says } of refused) {
      const { exitCode, stderr } = await backup(...flags)
      expect([exitCode, stderr.trim().split('\n').length]).toEqual([3, 1])
      expect(stderr).toMatch(says)
      expect(stderr).not.toContain('never-to-be-shown')
    }
    const half = await backup(...login().slice(0, 4))
    expect(half).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give both or none') })
  }, 60_000)
})

describe.skipIf(etcdMissing !== undefined)(suiteName('an etcd that asks for a certificate'), () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    const validity = { now: new Date(), days: 1 }
    const authority = await createCertificateAuthority(validity)
    save('ca', authority)
    save('etcd', await issueServerCertificate(authority, { names: ['127.0.0.1'] }, validity))
    save('client', await issueClientCertificate(authority, { user: 'margay', groups: [] }, validity))
    etcd = await EtcdServer.start({ cert: file('etcd.crt'), key: file('etcd.key'), clientCa: file('ca.crt') })
  })
  afterAll(() => etcd?.remove())

  function save(name: string, { cert, key }: KeyPair): void {
    writeFileSync(file(`${name}.crt`), cert)
    writeFileSync(file(`${name}.key`), key)
  }

  test('server, backup and restore show it', async () => {
    const authority = ['--etcd-servers', etcd.endpoint, '--etcd-cafile', file('ca.crt')]
    const own = ['--etcd-certfile', file('client.crt'), '--etcd-keyfile', file('client.key')]
    const client = await serve('tls', ...authority, ...own)
    await client.create(kind, set(1))
    await client.close()
    const backup = ['backup', file('tls.backup'), ...authority]
    expect(await margay(backup)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('does not answer'),
    })
    expect(await margay([...backup, ...own])).toMatchObject({ exitCode: 0 })
    const other = ['restore', file('tls.backup'), ...authority, ...own, '--etcd-prefix', '/margay/other']
    expect(await margay(other)).toMatchObject({ exitCode: 0 })
  }, 120_000)
})
