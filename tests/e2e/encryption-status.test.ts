/** What `margay encryption` tells of a lab of its own whose nodes really encrypt, and new keys on demand. Needs root. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findKind, type ResourceObject } from '@margay/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EncryptedLab } from './encryption/encrypted-lab.ts'
import { eventually } from './support/eventually.ts'
import { margay as runMargay } from './support/margay.ts'

const name = 'e2e-encryption-status'
const nodes = ['node-1', 'node-2', 'node-3']
const run = promisify(execFile)
let lab: EncryptedLab

beforeAll(async () => {
  lab = await EncryptedLab.start(name)
  await lab.startAgents()
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

/** Peers shake hands without anybody who sends. */
const on = { wireguardEnabled: true, wireguardEnabledV6: true, wireguardKeepAlive: '1s' }

const margay = (...args: string[]) =>
  runMargay(['encryption', ...args, '--kubeconfig', `/run/margay/labs/${name}.api/kubeconfig`])

interface Data {
  readonly encrypted: boolean
  readonly nodes: readonly {
    readonly name: string
    readonly tunnels: readonly {
      readonly version: number
      readonly publicKey: string
      readonly driver: string
    }[]
    readonly sendsTo: readonly {
      readonly version: number
      readonly nodes: readonly { readonly node: string; readonly state: string }[]
    }[]
  }[]
}

async function status(): Promise<Data> {
  const { stdout } = await margay('status', '-o', 'json')
  return JSON.parse(stdout) as Data
}

function stateOf({ nodes }: Data, from: string, to: string): string[] {
  const { sendsTo = [] } = nodes.find((it) => it.name === from) ?? {}
  return sendsTo.map((row) => row.nodes.find(({ node }) => node === to)?.state ?? 'none')
}

test('off everywhere, it says so in one line, with how it is switched on', async () => {
  await lab.settings('default', {})
  await eventually('all agents report', async () =>
    (await margay('status')).stdout.startsWith('Encryption is off on all nodes.'),
  )
  expect((await margay('status', '--fail-on-clear')).exitCode).toBe(1)
})

test('switched on, every pair is encrypted within seconds, over both IP versions', async () => {
  await lab.settings('default', on)
  await eventually(
    'all pairs are encrypted',
    async () => (await margay('status', '--fail-on-clear')).exitCode === 0,
  )
  const data = await status()
  expect(data.nodes.map(({ name }) => name)).toEqual(nodes)
  for (const { tunnels } of data.nodes) expect(tunnels.map(({ version }) => version)).toEqual([4, 6])
})

test('new keys on demand: each node has another one, and no private key is told anywhere', async () => {
  const before = (await status()).nodes.flatMap(({ tunnels }) => tunnels.map(({ publicKey }) => publicKey))
  const { exitCode, stdout } = await margay('rotate', '--all', '--wait')
  expect(exitCode).toBe(0)
  for (const node of nodes) expect(stdout).toContain(`node/${node} has a new key\n`)
  await eventually('the new keys are told', async () => {
    const now = (await status()).nodes.flatMap(({ tunnels }) => tunnels.map(({ publicKey }) => publicKey))
    return now.length === before.length && !now.some((key) => before.includes(key))
  })
  const told = JSON.stringify([
    await leases(),
    await margay('status', '-o', 'wide'),
    nodes.map((node) => lab.agent(node).output),
  ])
  const secrets = nodes.flatMap((node) => privateKeysIn(lab.stateOf(node)))
  expect(secrets.length).toBeGreaterThanOrEqual(6)
  for (const secret of secrets) expect(told.includes(secret)).toBe(false)
})

test('that is told as an event about each node, which kubectl describe shows', async () => {
  await eventually('the events are there', async () => (await rotations()).length === nodes.length)
  for (const event of await rotations())
    expect(event).toMatchObject({ type: 'Normal', message: expect.stringContaining('made anew') })
  expect((await rotations()).map(({ involvedObject }) => involvedObject)).toEqual(
    nodes.map((name) => ({ apiVersion: 'v1', kind: 'Node', name, uid: name })),
  )
  const kubeconfig = `/run/margay/labs/${name}.api/kubeconfig`
  const described = await run('kubectl', ['--kubeconfig', kubeconfig, 'describe', 'node', 'node-1'])
  expect(described.stdout).toMatch(/Normal +WireguardKeyRotated .* margay-agent +The WireGuard key of IPv/)
})

test('a node that is opted out is told as in the clear, to it and from it; under required as dropped', async () => {
  await lab.settings('node.node-3', { wireguardEnabled: false, wireguardEnabledV6: false })
  await eventually('node-3 is in the clear', async () => {
    const data = await status()
    return (
      [stateOf(data, 'node-1', 'node-3'), stateOf(data, 'node-3', 'node-1')].flat().join() ===
      'clear,clear,clear,clear'
    )
  })
  expect(stateOf(await status(), 'node-1', 'node-2')).toEqual(['encrypted', 'encrypted'])
  expect((await margay('status', '--fail-on-clear')).exitCode).toBe(1)
  await lab.settings('default', { ...on, wireguardRequired: true })
  await eventually(
    'it is dropped',
    async () => stateOf(await status(), 'node-1', 'node-3').join() === 'dropped,dropped',
  )
})

const leases = () => listed('coordination.k8s.io/v1', 'Lease')

async function rotations(): Promise<readonly ResourceObject[]> {
  const events = await listed('v1', 'Event')
  return events.filter(({ reason }) => reason === 'WireguardKeyRotated')
}

async function listed(apiVersion: string, kind: string): Promise<readonly ResourceObject[]> {
  const known = findKind(apiVersion, kind)
  if (known === undefined) throw new Error(`there is no kind ${kind}`)
  return (await lab.client.list(known)).items
}

/** Whatever 44 characters of base64 are in a node's key files. */
function privateKeysIn(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) =>
    join(directory, file),
  )
  const texts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'))
  return texts.flatMap((text) => text.match(/[A-Za-z0-9+/]{43}=/g) ?? [])
}
