/** margay encryption, against the real server in this process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, mergeKubeconfigs } from '@margay/client'
import {
  type ResourceObject,
  wireguardPublicKeyAnnotation,
  wireguardRotateAnnotation,
} from '@margay/resources'
import { openServer, type RunningServer } from '@margay/server'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../io.ts'
import { run } from '../run.ts'
import {
  encryptedNodes,
  type FakeNode,
  leaseObjects,
  nodeObject,
  now,
  report,
} from '../testing/encryption-nodes.ts'
import { fakeIo, type Outcome } from '../testing/fake-io.ts'
import { leaseKind, nodeKind } from './kinds.ts'

let directory: string
let server: RunningServer
let client: ApiClient
let kubeconfig: string
/** Stands at `now`, and goes on by what is waited for. */
let clock: Clock
let onWait: () => Promise<unknown>

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'margay-cli-'))
  const printError = (line: string) => expect.unreachable(line)
  server = await openServer({ dataDir: directory, host: '127.0.0.1', port: 0, printError })
  kubeconfig = readFileSync(server.kubeconfigPath, 'utf8')
  const readFile = (path: string) => readFileSync(path, 'utf8')
  client = new ApiClient(mergeKubeconfigs([{ path: server.kubeconfigPath, text: kubeconfig }], { readFile }))
})
afterAll(async () => {
  await client.close()
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const { metadata } of (await client.list(nodeKind)).items) await client.delete(nodeKind, metadata)
  for (const { metadata } of (await client.list(leaseKind)).items) await client.delete(leaseKind, metadata)
  let nowMs = now.getTime()
  onWait = async () => undefined
  clock = {
    now: () => new Date(nowMs),
    after: (ms, callback) => {
      nowMs += ms
      void onWait().then(callback)
      return () => undefined
    },
  }
})

async function have(nodes: readonly FakeNode[]): Promise<void> {
  for (const node of nodes) {
    await client.create(nodeKind, nodeObject(node))
    for (const lease of leaseObjects(node)) await client.create(leaseKind, lease)
  }
}

async function margay(...args: string[]): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []]
  const io = fakeIo({ files: { '/kc': kubeconfig }, env: { MARGAY_KUBECONFIG: '/kc' } }, out, err)
  const exitCode = await run(['encryption', ...args], { ...io, clock })
  return { exitCode, out: out.join(''), err: err.join('') }
}

const off = { report: report([]) }

describe('status', () => {
  test('is read from nodes and leases', async () => {
    await have(encryptedNodes(['a', 'b'], { b: off }))
    const { exitCode, out, err } = await margay('status')
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
    expect(out).toMatch(/\na +kernel +3d +0 +0 +1 +0 +0 +no +10s ago\n/)
    expect(out).toMatch(/\na +- +clear\nb +clear +-\n$/)
  })

  test('--fail-on-clear is for pipelines', async () => {
    await have(encryptedNodes(['a', 'b']))
    expect((await margay('status', '--fail-on-clear')).exitCode).toBe(0)
    await client.create(nodeKind, nodeObject({ name: 'c' }))
    expect((await margay('status', '--fail-on-clear')).exitCode).toBe(1)
    expect((await margay('status')).exitCode).toBe(0)
  })

  test('-o json and yaml', async () => {
    await have(encryptedNodes(['a', 'b']))
    const { out } = await margay('status', '-o', 'json')
    expect(JSON.parse(out)).toMatchObject({ encrypted: true, nodes: [{ name: 'a' }, { name: 'b' }] })
    expect((await margay('status', '-o', 'yaml')).out).toMatch(/^encrypted: true\nversions:\n/)
  })

  test('of one node alone can’t be asked', async () => {
    expect(await margay('status', 'a')).toMatchObject({
      exitCode: 2,
      err: 'error: status is of all nodes; give no names\n',
    })
  })
})

const key = (n: number) => `${'A'.repeat(41)}${'ABCDEFGH'[n]}${'A'}=`
const keyed = (name: string, n: number): FakeNode => ({
  name,
  annotations: { [wireguardPublicKeyAnnotation]: key(n) },
})
const publish = (name: string, n: number) =>
  client.patch(nodeKind, { name }, { metadata: { annotations: { [wireguardPublicKeyAnnotation]: key(n) } } })
const asked = async (name: string) => {
  const node: ResourceObject = await client.get(nodeKind, { name })
  return node.metadata.annotations?.[wireguardRotateAnnotation]
}

describe('rotate', () => {
  beforeEach(() => have([keyed('a', 1), keyed('b', 2), { name: 'keyless' }]))

  test('asks the nodes that are named, by an annotation', async () => {
    expect(await margay('rotate', 'a')).toEqual({
      exitCode: 0,
      out: 'node/a is asked for a new key\n',
      err: '',
    })
    expect(await asked('a')).toBe('2026-01-02T03:04:05.000Z')
    expect(await asked('b')).toBeUndefined()
  })

  test('--all asks those that publish one', async () => {
    const { exitCode, out } = await margay('rotate', '--all')
    expect(exitCode).toBe(0)
    expect(out.split('\n')).toEqual([
      '1 of 3 nodes publish no key: nothing is asked of them',
      'node/a is asked for a new key',
      'node/b is asked for a new key',
      '',
    ])
    expect(await asked('keyless')).toBeUndefined()
  })

  test('says which of those that are named are not there, or have no key, and asks the others', async () => {
    expect(await margay('rotate', 'keyless', 'nobody', 'a')).toEqual({
      exitCode: 1,
      out: 'node/a is asked for a new key\n',
      err: 'error: node keyless publishes no key\nerror: there is no node nobody\n',
    })
  })

  test('--wait waits until each has published another one', async () => {
    const steps = [() => publish('b', 3), () => publish('a', 4)]
    onWait = async () => steps.shift()?.()
    const { exitCode, out } = await margay('rotate', 'a', 'b', '--wait')
    expect(exitCode).toBe(0)
    expect(out.split('\n').slice(2)).toEqual(['node/b has a new key', 'node/a has a new key', ''])
  })

  test('--wait ends after --timeout, and says who has none', async () => {
    onWait = () => publish('b', 3)
    const { exitCode, err } = await margay('rotate', '--all', '--wait', '--timeout', '2s')
    expect(exitCode).toBe(1)
    expect(err).toMatch(/^error: node a has no new key after 2 s; .*\n$/)
  })

  test('a key that is taken away for a moment is not another one', async () => {
    const remove = { metadata: { annotations: { [wireguardPublicKeyAnnotation]: null } } }
    onWait = () => client.patch(nodeKind, { name: 'a' }, remove)
    expect((await margay('rotate', 'a', '--wait', '--timeout', '1s')).exitCode).toBe(1)
  })

  test.each([
    [['rotate'], /^error: say which: names of nodes, or --all\n$/],
    [['rotate', 'a', '--all'], /^error: say which/],
    [['rotate', 'a', '--timeout', 'soon'], /^error: --timeout: must be a time such as /],
  ])('%j is not understood', async (args, message) => {
    expect(await margay(...args)).toMatchObject({ exitCode: 2, err: expect.stringMatching(message) })
    expect(await asked('a')).toBeUndefined()
  })
})
