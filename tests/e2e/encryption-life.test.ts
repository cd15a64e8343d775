/**
 * Encryption between nodes over time: keys change, agents and devices die, nodes come, move and leave. Needs root; runs a lab of its own.
 * MARGAY_ROTATION_SECONDS: how long keys are made anew each second; 10 unless told, 60 for the whole proof.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MessageStream } from '@margay/lab'
import { PrivateKey } from '@margay/netlink'
import { findKind, type Secret } from '@margay/resources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptedLab, type Version } from './encryption/encrypted-lab.ts'
import { kindOf } from './support/agents-lab.ts'
import { eventually } from './support/eventually.ts'
import { isRunning, margay } from './support/margay.ts'

let lab: EncryptedLab
const rotationSeconds = Number(process.env.MARGAY_ROTATION_SECONDS ?? 10)
const allOn = { wireguardEnabled: true, wireguardEnabledV6: true }
const versions: readonly Version[] = [4, 6]
const nodes = ['node-1', 'node-2', 'node-3']

beforeAll(async () => {
  lab = await EncryptedLab.start('e2e-encryption-life')
  await lab.startAgents()
  await encrypt()
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

async function encrypt(settings: object = {}): Promise<void> {
  await lab.settings('default', { ...allOn, ...settings })
  for (const version of versions) await lab.untilEncrypted({ 'node-1': 2, 'node-2': 2, 'node-3': 2 }, version)
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function streams(count: number, intervalMs: number): Promise<MessageStream[]> {
  const pairs = [
    ['a1', 'b1'],
    ['b1', 'a1'],
    ['a2', 'c1'],
    ['c1', 'b2'],
    ['b2', 'a2'],
  ] as const
  return Promise.all(
    Array.from({ length: count }, (_, n) => {
      const [from, to] = pairs[n % pairs.length] as (typeof pairs)[number]
      return lab.stream(from, to, n % 2 === 0 ? 4 : 6, intervalMs)
    }),
  )
}

const publicKey = async (node: string, version: Version = 4) => (await lab.device(node, version))?.publicKey

test(`keys that are made anew each second for ${rotationSeconds} s break none of 200 connections, and nothing is in the clear`, async () => {
  const all = await streams(200, 100)
  const before = await publicKey('node-1')
  const keys = new Set<string | undefined>()
  const { capture } = await lab.listen(async () => {
    await lab.settings('default', { ...allOn, wireguardKeyRotationInterval: '1s' })
    for (let second = 0; second < rotationSeconds * 2; second++) {
      await sleep(500)
      keys.add(await publicKey('node-1'))
    }
    await encrypt()
  }, 'tunnels')
  keys.delete(undefined)
  keys.delete(before)
  expect(keys.size).toBeGreaterThan(rotationSeconds / 2)
  expect(capture.hasPlaintext).toBe(false)
  const answers = await Promise.all(all.map((stream) => stream.waitForEchoes(1, 20_000)))
  const counters = all.map((stream) => stream.close())
  expect(counters.filter(({ state }) => state === 'broken')).toEqual([])
  expect(answers).not.toContain(false)
}, 150_000)

test('a key is made anew on demand', async () => {
  const before = await publicKey('node-2')
  const other = await publicKey('node-1')
  const at = new Date().toISOString()
  await lab.patch('v1/Node', 'node-2', { metadata: { annotations: { 'margay.io/wireguard-rotate': at } } })
  await eventually('it has another key', async () => ![undefined, before].includes(await publicKey('node-2')))
  await eventually('its peers know it', () => lab.talks('a1', 'b1', 4))
  expect(await publicKey('node-1')).toBe(other)
})

test('an agent that is killed leaves the tunnel as it is, and the next one goes on with it', async () => {
  const [stream] = await streams(1, 10)
  const before = await lab.device('node-1', 4)
  await stream?.waitForEchoes(5, 5000)
  lab.agent('node-1').signal('SIGKILL')
  await lab.agent('node-1').ended
  expect(await stream?.waitForEchoes(50, 5000)).toBe(true)
  await lab.startAgent('node-1')
  expect(await stream?.waitForEchoes(50, 5000)).toBe(true)
  const after = await lab.device('node-1', 4)
  expect(after?.processId).toBe(before?.processId)
  expect(after?.publicKey).toBe(before?.publicKey)
  const { longestGapMs, state } = stream?.close() ?? {}
  expect(state).toBe('closed')
  expect(longestGapMs).toBeLessThan(1000)
})

test.each(['preferred', 'required'])(
  'where encryption is %s, a device that dies is back soon, and nothing is in the clear meanwhile',
  async (mode) => {
    await encrypt({ wireguardRequired: mode === 'required' })
    const all = await streams(20, 5)
    const key = await publicKey('node-1')
    const { processId = 0 } = (await lab.device('node-1', 4)) ?? {}
    let backMs = 0
    const { capture } = await lab.listen(async () => {
      const since = performance.now()
      process.kill(processId, 'SIGKILL')
      await eventually(
        'it is back',
        async () => ![undefined, processId].includes((await lab.device('node-1', 4))?.processId),
      )
      await eventually('it has peers', async () => (await lab.device('node-1', 4))?.peers.length === 2)
      const [stream] = all
      expect(await stream?.waitForEchoes(1, 10_000)).toBe(true)
      backMs = performance.now() - since
    }, 'tunnels')
    expect(backMs).toBeLessThan(2000)
    expect(capture.hasPlaintext).toBe(false)
    expect(await publicKey('node-1')).toBe(key)
    expect(await Promise.all(all.map((stream) => stream.waitForEchoes(1, 10_000)))).not.toContain(false)
    for (const stream of all) expect(stream.close().state).toBe('closed')
    await encrypt()
  },
)

describe('private keys', () => {
  function privateKeys(): Buffer[] {
    return nodes.flatMap((node) =>
      readdirSync(lab.stateOf(node))
        .filter((name) => name.endsWith('.key'))
        .flatMap((name) => {
          const text = readFileSync(join(lab.stateOf(node), name), 'utf8').trim()
          const bytes = Buffer.from(text, 'base64')
          expect(bytes).toHaveLength(32)
          return [Buffer.from(text), Buffer.from(bytes.toString('hex')), bytes]
        }),
    )
  }

  test('are in no log, no answer of the API, no status, no backup, and no core dump', async () => {
    const keys = privateKeys()
    expect(keys).toHaveLength(nodes.length * 2 * 3)
    const lists = [
      'v1/Node',
      'coordination.k8s.io/v1/Lease',
      'v1/Secret',
      'v1/Event',
      'projectcalico.org/v3/FelixConfiguration',
    ]
    const answers = await Promise.all(
      lists.map(async (key) => {
        const slash = key.lastIndexOf('/')
        const kind = findKind(key.slice(0, slash), key.slice(slash + 1))
        return kind === undefined
          ? ''
          : JSON.stringify(await lab.client.list(kind, { allNamespaces: true } as object))
      }),
    )
    const saved = await backUp()
    lab.agent('node-3').signal('SIGABRT')
    await lab.agent('node-3').ended
    const said = nodes.map((node) => lab.agent(node).output)
    const shown = [...answers, ...said, saved].map((text) => Buffer.from(text))
    const files = filesBelow(`/run/margay/labs/${lab.name}.api`).concat(coreDumps())
    for (const key of keys) {
      for (const text of shown) expect(text.includes(key)).toBe(false)
      for (const path of files) expect(readFileSync(path).includes(key), path).toBe(false)
    }
    await lab.startAgent('node-3')
  })

  test('are in a secret where that is configured, which no other node may read, and no backup has', async () => {
    await lab.agent('node-3').stop()
    const before = await publicKey('node-3')
    await lab.startAgent('node-3', '--keys-in', 'secret')
    await eventually(
      'it has a key of its own',
      async () => ![undefined, before].includes(await publicKey('node-3')),
    )
    await eventually('its peers know it', () => lab.talks('a1', 'c1', 4))
    const ref = { namespace: 'margay-system', name: 'wireguard-node-3' }
    const { data } = (await lab.client.get(kindOf('v1/Secret'), ref)) as unknown as Secret
    const key = Buffer.from(data?.['wireguard-ipv4.key'] ?? '', 'base64')
      .toString('utf8')
      .trim()
    expect(PrivateKey.parse(key).publicKey).toBe(await publicKey('node-3'))
    const other = lab.clientOf('node-1')
    await expect(other.get(kindOf('v1/Secret'), ref)).rejects.toThrow(
      'may use no secret in margay-system but its own',
    )
    await other.close()
    const text = await backUp()
    expect(text).toContain('"name":"node-3"')
    expect(text).not.toContain('wireguard-node-3')
    expect(text).not.toContain(Buffer.from(`${key}\n`).toString('base64'))
    expect(lab.agent('node-3').output).not.toContain(key)
    await lab.agent('node-3').stop()
    const kept = await publicKey('node-3')
    await lab.startAgent('node-3', '--keys-in', 'secret')
    expect(await lab.talks('a1', 'c1', 4)).toBe(true)
    expect(await publicKey('node-3')).toBe(kept)
    await lab.agent('node-3').stop()
    await lab.startAgent('node-3')
    await eventually(
      'its key is in a file again',
      async () => ![undefined, kept].includes(await publicKey('node-3')),
    )
  })

  async function backUp(): Promise<string> {
    const path = join(lab.stateOf('node-1'), `${backups++}.backup`)
    const saved = await margay(['backup', path, '--data-dir', `/run/margay/labs/${lab.name}.api`])
    expect(saved).toMatchObject({ exitCode: 0 })
    return `${saved.stdout}${saved.stderr}${readFileSync(path, 'utf8')}`
  }
  let backups = 0

  test('can’t be dumped: neither an agent nor what it starts may write a core', async () => {
    const { processId = 0 } = (await lab.device('node-1', 4)) ?? {}
    for (const pid of [lab.agent('node-1').pid, processId])
      expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m)
  })

  test('are for root alone', async () => {
    for (const node of nodes) {
      const { stdout } = await lab.view.runInNode(lab.view.node(node), 'stat', [
        '-c',
        '%a %U',
        ...keyFiles(node),
        lab.stateOf(node),
      ])
      expect(stdout).toBe('600 root\n600 root\n700 root\n')
    }
  })
})

function keyFiles(node: string): string[] {
  return [4, 6].map((version) => join(lab.stateOf(node), `wireguard-ipv${version}.key`))
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Where the kernel puts them by default: beside whoever dies. */
function coreDumps(): string[] {
  return readdirSync('.').filter((name) => /^core(\.\d+)?$/.test(name))
}

describe('nodes', () => {
  test('whose address changes are reached where they are now', async () => {
    const node = lab.view.node('node-2')
    await lab.view.runInNode(node, 'sysctl', ['-q', '-w', 'net.ipv4.conf.eth0.promote_secondaries=1'])
    await lab.view.runInNode(node, 'ip', ['address', 'add', '198.18.9.9/16', 'dev', 'eth0'])
    await lab.view.runInNode(node, 'ip', ['address', 'del', `${node.ips[0]}/16`, 'dev', 'eth0'])
    await lab.client.patch(
      findKind('v1', 'Node') as never,
      { name: 'node-2' },
      {
        status: {
          addresses: [
            { type: 'InternalIP', address: '198.18.9.9' },
            { type: 'InternalIP', address: node.ips[1] },
          ],
        },
      },
      { type: 'merge', subresource: 'status' },
    )
    const isThere = async () =>
      (await lab.device('node-1', 4))?.peers.some(({ endpoint }) => endpoint?.address === '198.18.9.9') ===
      true
    await eventually('its peers know where it is', isThere)
    expect(await lab.talks('a1', 'b1', 4)).toBe(true)
  })

  test('that publish one key, or none that is one, are told of and are nobody’s peer', async () => {
    const key = await publicKey('node-2')
    const name = 'projectcalico.org/WireguardPublicKey'
    await lab.client.create(findKind('v1', 'Node') as never, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-4', annotations: { [name]: key ?? '' } },
      spec: { podCIDRs: ['10.65.2.128/25'] },
    })
    await lab
      .agent('node-1')
      .printed(/nodes node-2, node-4 publish the same WireGuard key: it is taken as nobody's/)
    await lab
      .agent('node-1')
      .printed(/10\.65\.2\.128\/25 of node node-4 lies in 10\.65\.2\.0\/24 of node node-2/)
    await eventually('node-2 is no peer', async () => (await lab.device('node-1', 4))?.peers.length === 1)
    await lab.patch('v1/Node', 'node-4', { metadata: { annotations: { [name]: 'not a key' } } })
    await lab.agent('node-1').printed(/node node-4 publishes a WireGuard key that is none/)
    await eventually(
      'node-2 is a peer again',
      async () => (await lab.device('node-1', 4))?.peers.length === 2,
    )
    await lab.remove('v1/Node', 'node-4')
  })

  test('that leave are nobody’s peer within 5 s', async () => {
    const since = performance.now()
    await lab.remove('v1/Node', 'node-3')
    for (const node of ['node-1', 'node-2'])
      await eventually('it is gone', async () => (await lab.device(node, 4))?.peers.length === 1, 5000)
    expect(performance.now() - since).toBeLessThan(5000)
  })
})

test('cleanup takes everything away', async () => {
  await lab.agent('node-1').stop()
  const { processId = 0 } = (await lab.device('node-1', 4)) ?? {}
  const cleaned = await margay(['agent', 'cleanup', '--netns', lab.view.node('node-1').netns])
  expect(cleaned).toMatchObject({ exitCode: 0, stderr: '' })
  await eventually('its processes end', () => !isRunning(processId))
  const on = async (command: string, ...args: string[]) =>
    (await lab.view.runInNode(lab.view.node('node-1'), command, args)).stdout
  expect(await on('ip', 'rule')).not.toMatch(/lookup [12] |fwmark/)
  expect(await on('ip', '-6', 'rule')).not.toMatch(/fwmark/)
  expect(await on('ip', 'route', 'show', 'table', 'all')).not.toMatch(/table [12]\b/)
  expect(await on('ip', 'link')).not.toMatch(/wireguard|wg-v6/)
  expect(await on('nft', 'list', 'tables')).not.toMatch(/margay/)
})
