/** Encryption between nodes, on the real thing: wireguard-go, real packets, captured between the nodes. Needs root; runs a lab of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptedLab, type Version } from './encryption/encrypted-lab.ts'
import { eventually } from './support/eventually.ts'

let lab: EncryptedLab

beforeAll(async () => {
  lab = await EncryptedLab.start('e2e-encryption')
  await lab.startAgents()
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

const allOn = { wireguardEnabled: true, wireguardEnabledV6: true }
const versions: readonly Version[] = [4, 6]

async function encryptAll(settings: object = {}): Promise<void> {
  await lab.settings('default', { ...allOn, ...settings })
  for (const version of versions) await lab.untilEncrypted({ 'node-1': 2, 'node-2': 2, 'node-3': 2 }, version)
}

/** Whether a new connection comes about, and whether what it says can be read between the nodes. */
async function tried(from: string, to: string, version: Version): Promise<string> {
  const { result, capture } = await lab.listen(() => lab.talks(from, to, version))
  if (!result) return capture.hasPlaintext ? 'broken, in the clear' : 'nothing'
  return capture.hasPlaintext ? 'in the clear' : 'encrypted'
}

test('switched off, what pods say can be read between nodes', async () => {
  for (const version of versions) expect(await tried('a1', 'b1', version)).toBe('in the clear')
})

test('the operator’s Installation switches it on over IPv4, and off again', async () => {
  await lab.create('operator.tigera.io/v1', 'Installation', 'default', {
    calicoNetwork: { wireguard: 'Enabled' },
  })
  await lab.untilEncrypted({ 'node-1': 2, 'node-2': 2, 'node-3': 2 }, 4)
  expect(await tried('a1', 'b1', 4)).toBe('encrypted')
  expect(await tried('a1', 'b1', 6)).toBe('in the clear')
  await lab.remove('operator.tigera.io/v1/Installation', 'default')
  await eventually('its devices are gone', async () => (await lab.device('node-1', 4)) === undefined)
  expect(await tried('a1', 'b1', 4)).toBe('in the clear')
})

describe('switched on', () => {
  beforeAll(() => encryptAll())

  test.each(versions)(
    'over IPv%d it can’t be read, in either direction, also where an address is borrowed',
    async (version) => {
      expect(await tried('a1', 'b1', version)).toBe('encrypted')
      expect(await tried('b1', 'a1', version)).toBe('encrypted')
      expect(await tried('c1', 'a2', version)).toBe('encrypted')
      expect(await tried('a1', 'b2', version)).toBe('encrypted')
      expect(await tried('b2', 'a1', version)).toBe('encrypted')
    },
  )

  test.each(versions)(
    'over IPv%d pods of a pool that is not encrypted talk in the clear, in both directions',
    async (version) => {
      expect(await tried('a1', 'b3', version)).toBe('in the clear')
      expect(await tried('b3', 'a1', version)).toBe('in the clear')
    },
  )

  test('nodes themselves reach pods of other nodes as before', async () => {
    for (const version of versions) {
      const request = {
        from: lab.view.node('node-1'),
        to: lab.address('b1', version),
        protocol: 'TCP',
        port: 8080,
      } as const
      expect((await lab.view.probe({ ...request, timeoutMs: 2000 })).outcome).toBe('reached')
    }
  })

  test('policy holds on what was decrypted, and nobody may send from another’s address', async () => {
    await lab.create('projectcalico.org/v3', 'GlobalNetworkPolicy', 'only-a1', {
      selector: "app == 'b'",
      types: ['Ingress'],
      ingress: ['10.65.1.1/32', 'fd65::1:1/128'].map((net) => ({ action: 'Allow', source: { nets: [net] } })),
    })
    for (const version of versions) {
      await eventually('a2 is denied', async () => !(await lab.talks('a2', 'b1', version)))
      expect(await lab.talks('a1', 'b1', version)).toBe(true)
      expect(await lab.arrives({ from: 'a1', source: 'a1', to: 'b1' }, version)).toBe(true)
      expect(await lab.arrives({ from: 'a2', source: 'a1', to: 'b1' }, version)).toBe(false)
    }
    await lab.remove('projectcalico.org/v3/GlobalNetworkPolicy', 'only-a1')
    for (const version of versions)
      await eventually('a2 is allowed again', () => lab.talks('a2', 'b1', version))
  })

  test('packets that are too long for the tunnel come through', async () => {
    const { stdout } = await lab.view.runInNode(lab.view.node('node-1'), 'ip', [
      'link',
      'show',
      'wireguard.cali',
    ])
    expect(stdout).toContain('mtu 1440')
    for (const version of versions) {
      const to = `/dev/tcp/${lab.address('b1', version)}/8080`
      const script = `exec 3<>${to}; head -c ${long} /dev/zero >&3 & head -c ${long} <&3 | wc -c`
      const { stdout } = await lab.view.runInNode(lab.view.pod('team', 'a1'), 'bash', ['-c', script])
      expect(stdout.trim()).toBe(String(long))
    }
  })
})

/** Bytes: many segments as long as they can be, and fewer than an echo holds. */
const long = 40_000

describe('a node that opted out', () => {
  beforeAll(async () => {
    await encryptAll()
    await lab.settings('node.node-3', { wireguardEnabled: false, wireguardEnabledV6: false })
    for (const version of versions)
      await eventually(
        'nobody has it as a peer',
        async () => (await lab.device('node-1', version))?.peers.length === 1,
      )
    await eventually('its device is gone', async () => (await lab.device('node-3', 4)) === undefined)
  })
  afterAll(() => lab.settings('node.node-3', {}))

  test('talks in the clear with the rest, who talk encrypted with each other', async () => {
    for (const version of versions) {
      expect(await tried('a1', 'c1', version)).toBe('in the clear')
      expect(await tried('c1', 'a1', version)).toBe('in the clear')
      expect(await tried('a1', 'b1', version)).toBe('encrypted')
    }
  })

  test('talks with nobody where encryption is required, which is counted', async () => {
    await lab.settings('default', { ...allOn, wireguardRequired: true })
    for (const version of versions) {
      await eventually('nothing passes', async () => !(await lab.talks('a1', 'c1', version)))
      expect(await tried('a1', 'c1', version)).toBe('nothing')
      expect(await tried('c1', 'a1', version)).toBe('nothing')
      expect(await tried('a1', 'b1', version)).toBe('encrypted')
      // Pods of a pool that is left out, and those of the same node, are not meant.
      expect(await tried('a1', 'b3', version)).toBe('in the clear')
      expect(await lab.talks('a1', 'a2', version)).toBe(true)
    }
    for (const node of ['node-1', 'node-3']) {
      const { stdout } = await lab.view.runInNode(lab.view.node(node), 'nft', [
        'list',
        'table',
        'inet',
        'margay-encryption',
      ])
      expect(stdout).toMatch(/counter packets [1-9]\d* .* drop comment "to another node, not encrypted"/)
    }
  })
})

describe('host encryption', () => {
  const nodeAddress = (node: string, version: Version) =>
    lab.view.node(node).ips.find((ip) => ip.includes(':') === (version === 6)) ?? ''

  /** One connection of a node itself. */
  async function reached(from: string, to: string, version: Version): Promise<boolean> {
    const address = to.startsWith('node-') ? nodeAddress(to, version) : lab.address(to, version)
    const request = {
      from: lab.view.node(from),
      to: address,
      protocol: 'TCP',
      port: 8080,
      timeoutMs: 2000,
    } as const
    try {
      const stream = await lab.view.openStream(request, { intervalMs: 10 })
      const hasEchoes = await stream.waitForEchoes(3, 2000)
      stream.close()
      return hasEchoes
    } catch {
      return false
    }
  }

  test('encrypts what nodes say to pods and to each other, and pods to nodes', async () => {
    await lab.settings('node.node-3', {})
    await encryptAll({ wireguardHostEncryptionEnabled: true })
    for (const version of versions) {
      await eventually('nodes reach pods', () => reached('node-1', 'b1', version))
      const { result, capture } = await lab.listen(() => reached('node-1', 'b1', version))
      expect(result).toBe(true)
      expect(capture.hasPlaintext).toBe(false)
      expect(await tried('a1', 'b1', version)).toBe('encrypted')
      const ping = () =>
        lab.view.probe({
          from: lab.view.node('node-1'),
          to: nodeAddress('node-2', version),
          witness: lab.view.node('node-2'),
          protocol: 'UDP',
          port: 9999,
          timeoutMs: 2000,
        })
      const between = await lab.listen(ping)
      expect(between.result.outcome).toBe('reached')
      expect(between.capture.hasPlaintext).toBe(false)
      const toApi = await lab.view.runInNode(lab.view.node('node-1'), 'ip', [
        'route',
        'get',
        nodeAddress('node-2', version),
        'mark',
        '0x200000',
      ])
      expect(toApi.stdout).toContain('dev eth0')
    }
  })

  test('required, it leaves nodes that opted out their failsafe ports', async () => {
    await lab.settings('node.node-3', { wireguardEnabled: false, wireguardEnabledV6: false })
    await lab.settings('default', { ...allOn, wireguardHostEncryptionEnabled: true, wireguardRequired: true })
    const between = (version: Version, port: number) =>
      lab.view.probe({
        from: lab.view.node('node-1'),
        to: nodeAddress('node-3', version),
        witness: lab.view.node('node-3'),
        protocol: 'TCP',
        port,
        timeoutMs: 500,
      })
    for (const version of versions) {
      await eventually(
        'other ports are shut',
        async () => (await between(version, 9999)).outcome === 'blocked',
      )
      expect((await between(version, 6443)).outcome).toBe('reached')
      // What tells nodes of each other's keys must not need them.
      expect((await between(version, lab.apiPort)).outcome).toBe('reached')
    }
    await lab.settings('node.node-3', {})
    await encryptAll()
  })
})
