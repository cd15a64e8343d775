/** Devices of wireguard-go, set and read by its socket, compared with wg(8); and a tunnel between two namespaces. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import {
  openUserspaceWireguard,
  PrivateKey,
  RouteSocket,
  type WireguardControl,
  type WireguardDevice,
  type WireguardPeer,
} from '@margay/netlink'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyChange, ModelDevice } from '../../packages/netlink/src/wireguard/model-device.testkit.ts'

/** A process with its device. */
interface Tunnel {
  readonly node: LabNode
  readonly name: string
  readonly process: ChildProcess
  readonly control: WireguardControl
}

let lab: Lab
let here: LabNode
let there: LabNode
const tunnels: Tunnel[] = []

beforeAll(async () => {
  lab = await createLab({ name: `wireguard${process.pid}` })
  here = await lab.addNode('here')
  there = await lab.addNode('there')
})
afterAll(async () => {
  await Promise.all(tunnels.map(stop))
  await lab?.close()
})

/** The folder of sockets is the machine's, so names are too. */
async function start(node: LabNode): Promise<Tunnel> {
  const name = `wg${process.pid}-${tunnels.length}`
  const child = spawn('ip', ['netns', 'exec', node.netns, 'wireguard-go', '-f', name], { stdio: 'ignore' })
  const socketPath = `/var/run/wireguard/${name}.sock`
  const tunnel = { node, name, process: child, control: openUserspaceWireguard({ socketPath }) }
  tunnels.push(tunnel)
  await expect.poll(() => existsSync(socketPath)).toBe(true)
  return tunnel
}

async function stop({ process: child, control }: Tunnel): Promise<void> {
  control.close()
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}

const unknown = '(none)'

/** What `wg show NAME dump` says: a line for the device, and one for each peer. */
async function dumpOf({ node, name }: Tunnel): Promise<WireguardDevice> {
  const { stdout } = await lab.runInNode(node, 'wg', ['show', name, 'dump'])
  const [device = [], ...peers] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  const [, publicKey = '', listenPort, fwmark = ''] = device
  return {
    publicKey: publicKey === unknown ? undefined : publicKey,
    listenPort: Number(listenPort),
    fwmark: fwmark === 'off' ? 0 : Number(fwmark),
    peers: peers.map(dumpedPeer),
  }
}

function dumpedPeer(fields: readonly string[]): WireguardPeer {
  const [publicKey = '', , endpoint = '', allowedIps = '', handshake, received, sent, keepalive = ''] = fields
  const colon = endpoint.lastIndexOf(':')
  const address = endpoint.slice(0, colon).replace(/^\[|\]$/g, '')
  return {
    publicKey,
    endpoint: endpoint === unknown ? undefined : { address, port: Number(endpoint.slice(colon + 1)) },
    allowedIps: allowedIps === unknown ? [] : allowedIps.split(',').sort(),
    keepaliveSeconds: keepalive === 'off' ? 0 : Number(keepalive),
    lastHandshake: handshake === '0' ? undefined : new Date(Number(handshake) * 1000),
    receivedBytes: Number(received),
    sentBytes: Number(sent),
  }
}

/** wireguard-go gives peers in no order. */
function ordered(device: WireguardDevice): WireguardDevice {
  return { ...device, peers: device.peers.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1)) }
}

test('what is set is what wg(8) reads, and the other way round', async () => {
  const tunnel = await start(here)
  const { control, name } = tunnel
  expect(await control.read()).toMatchObject({ publicKey: undefined, fwmark: 0, peers: [] })

  const [own, first, second] = [1, 2, 3].map(() => PrivateKey.generate(randomBytes))
  if (own === undefined || first === undefined || second === undefined) throw new Error('keys are missing')
  await control.change({
    privateKey: own,
    listenPort: 51820,
    fwmark: 0x200000,
    peers: [
      {
        publicKey: first.publicKey,
        endpoint: { address: '192.0.2.7', port: 51821 },
        keepaliveSeconds: 25,
        allowedIps: ['10.1.2.3/16', 'fd00:1::/64', '192.0.2.9'],
      },
      { publicKey: second.publicKey, endpoint: { address: 'fd02::7', port: 7 } },
    ],
  })
  const device = await control.read()
  expect(ordered(await dumpOf(tunnel))).toEqual(ordered(device))
  expect(device).toMatchObject({ publicKey: own.publicKey, listenPort: 51820, fwmark: 0x200000 })
  expect(device.peers.find(({ publicKey }) => publicKey === first.publicKey)?.allowedIps).toEqual([
    '10.1.0.0/16',
    '192.0.2.9/32',
    'fd00:1::/64',
  ])

  const addresses = ['allowed-ips', '10.1.0.0/16,10.3.0.0/16']
  await lab.runInNode(here, 'wg', ['set', name, 'fwmark', 'off', 'peer', second.publicKey, ...addresses])
  const changed = await control.read()
  expect(ordered(await dumpOf(tunnel))).toEqual(ordered(changed))
  expect(changed.fwmark).toBe(0)
  expect(changed.peers.find(({ publicKey }) => publicKey === second.publicKey)?.allowedIps).toEqual([
    '10.1.0.0/16',
    '10.3.0.0/16',
  ])
})

/** It takes a port when it starts, and keeps it here: another one could be somebody's. */
test('random changes do what they do to the model', async () => {
  const { control } = await start(here)
  const model = new ModelDevice()
  model.apply({ listenPort: (await control.read()).listenPort })
  for (const { listenPort: _, ...change } of fc.sample(anyChange, { numRuns: 100, seed: 7 })) {
    await control.change(change)
    model.apply(change)
    expect(ordered(await control.read())).toEqual(ordered(model.device))
  }
})

test('a device with 2500 peers is read as it was set', async () => {
  const { control } = await start(here)
  const model = new ModelDevice()
  const { listenPort } = await control.read()
  const peers = Array.from({ length: 2500 }, (_, index) => ({
    publicKey: PrivateKey.generate(randomBytes).publicKey,
    allowedIps: [`10.${index >> 8}.${index & 255}.0/24`],
  }))
  await control.change({ peers })
  model.apply({ listenPort, peers })
  expect(ordered(await control.read())).toEqual(ordered(model.device))
})

test('two namespaces shake hands, and what goes through the tunnel is counted on both sides', async () => {
  const [left, right] = [await start(here), await start(there)]
  const [leftKey, rightKey] = [PrivateKey.generate(randomBytes), PrivateKey.generate(randomBytes)]
  const port = 51999
  await left.control.change({
    privateKey: leftKey,
    listenPort: port,
    peers: [
      {
        publicKey: rightKey.publicKey,
        endpoint: { address: there.ips[0] ?? '', port },
        allowedIps: ['10.200.0.2/32'],
      },
    ],
  })
  await right.control.change({
    privateKey: rightKey,
    listenPort: port,
    peers: [{ publicKey: leftKey.publicKey, allowedIps: ['10.200.0.1/32'] }],
  })
  connect(left, '10.200.0.1', '10.200.0.2/32')
  connect(right, '10.200.0.2', '10.200.0.1/32')
  const ends = { from: here, sourceIp: '10.200.0.1', to: '10.200.0.2' }
  expect(await lab.probe({ ...ends, protocol: 'ICMP', timeoutMs: 10_000 })).toMatchObject({
    outcome: 'reached',
  })

  for (const tunnel of [left, right]) {
    const [peer] = (await tunnel.control.read()).peers
    expect(Math.abs(Date.now() - (peer?.lastHandshake?.getTime() ?? 0))).toBeLessThan(30_000)
    // A handshake is a message of 148 bytes and one of 92.
    expect(Math.min(peer?.sentBytes ?? 0, peer?.receivedBytes ?? 0)).toBeGreaterThanOrEqual(92)
    const [dumped] = (await dumpOf(tunnel)).peers
    expect(dumped?.lastHandshake?.getTime()).toBe(
      Math.floor((peer?.lastHandshake?.getTime() ?? 0) / 1000) * 1000,
    )
  }
  const [ofRight] = (await right.control.read()).peers
  expect(ofRight?.endpoint).toEqual({ address: here.ips[0], port })
})

function connect({ node, name }: Tunnel, address: string, destination: string): void {
  const routing = RouteSocket.open(node.netns)
  try {
    const link = routing.linkByName(name)
    if (link === undefined) throw new Error(`there is no link ${name}`)
    expect(link.kind).toBe('tun')
    routing.addAddress({ index: link.index, address })
    routing.changeLink(link.index, { isUp: true })
    routing.addRoute({ destination, index: link.index })
  } finally {
    routing.close()
  }
}

test('a listening port in use is refused by its name, and a device whose process ended is gone', async () => {
  const [tunnel, other] = [await start(there), await start(there)]
  for (const each of [tunnel, other]) {
    const routing = RouteSocket.open(there.netns)
    const link = routing.linkByName(each.name)
    if (link !== undefined) routing.changeLink(link.index, { isUp: true })
    routing.close()
  }
  await tunnel.control.change({ listenPort: 52_001 })
  await expect(other.control.change({ listenPort: 52_001 })).rejects.toMatchObject({
    name: 'WireguardError',
    errno: 'EADDRINUSE',
  })
  other.process.kill('SIGTERM')
  await expect.poll(() => other.process.exitCode ?? other.process.signalCode).not.toBeNull()
  await expect(other.control.read()).rejects.toMatchObject({ isWithoutDevice: true })
})
