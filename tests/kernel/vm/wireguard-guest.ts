/** The program of the machine: devices of the kernel's WireGuard are set and read, and have to be what they were set to. */
import { deepStrictEqual, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GenericSocket,
  type MessageWriter,
  openKernelWireguard,
  PrivateKey,
  RouteSocket,
  type WireguardControl,
  type WireguardPeerChange,
} from '@margay/netlink'
import fc from 'fast-check'
import { anyChange, ModelDevice } from '../../../packages/netlink/src/wireguard/model-device.testkit.ts'
import { runGuest } from './guest.ts'

const routing = RouteSocket.open()

/** The same ones each time. */
function keyOf(seed: string): PrivateKey {
  return PrivateKey.ofBytes(createHash('sha256').update(seed).digest())
}

function addDevice(name: string): WireguardControl {
  routing.addLink(name, 'wireguard')
  return openKernelWireguard({ name })
}

function bringUp(name: string): void {
  const link = routing.linkByName(name)
  ok(link, `there is no link ${name}`)
  routing.changeLink(link.index, { isUp: true })
}

function manyPeers(count: number): WireguardPeerChange[] {
  return Array.from({ length: count }, (_, index) => ({
    publicKey: keyOf(`peer ${index}`).publicKey,
    endpoint:
      index % 2 === 0
        ? { address: `192.0.${index >> 8}.${index & 255}`, port: 1 + index }
        : { address: `fd01::${index.toString(16)}`, port: 51820 },
    keepaliveSeconds: index % 3 === 0 ? 25 : 0,
    replaceAllowedIps: true,
    allowedIps: Array.from({ length: index % 20 }, (_, part) =>
      part % 2 === 0
        ? `10.${index >> 8}.${index & 255}.${part}/32`
        : `fd00:${index.toString(16)}:${part}::/64`,
    ),
  }))
}

async function expectAsModel(control: WireguardControl, model: ModelDevice): Promise<void> {
  deepStrictEqual(await control.read(), model.device)
}

await runGuest({
  'a new device has no key, no mark and no peers': async () => {
    const device = await addDevice('wgnew').read()
    deepStrictEqual(device, { publicKey: undefined, listenPort: 0, fwmark: 0, peers: [] })
    return undefined
  },

  'a link is of kind wireguard': async () => {
    deepStrictEqual(routing.linkByName('wgnew')?.kind, 'wireguard')
    return undefined
  },

  'a device with 600 peers is read as it was set': async () => {
    const [control, model] = [addDevice('wgmany'), new ModelDevice()]
    const change = { privateKey: keyOf('own'), listenPort: 51820, fwmark: 0x200000, peers: manyPeers(600) }
    const startedAt = performance.now()
    await control.change(change)
    const changedAt = performance.now()
    const device = await control.read()
    const readAt = performance.now()
    model.apply(change)
    deepStrictEqual(device, model.device)
    return `set in ${Math.round(changedAt - startedAt)} ms, read in ${Math.round(readAt - changedAt)} ms`
  },

  'a peer with 5000 allowed IPs is read as it was set, and they can all be replaced': async () => {
    const [control, model] = [addDevice('wgwide'), new ModelDevice()]
    const publicKey = keyOf('wide').publicKey
    const allowedIps = Array.from({ length: 5000 }, (_, index) => `fd00:${(index + 1).toString(16)}::/64`)
    for (const wanted of [allowedIps, allowedIps.slice(2000), ['10.0.0.0/8']]) {
      const change = { peers: [{ publicKey, replaceAllowedIps: true, allowedIps: wanted }] }
      await control.change(change)
      model.apply(change)
      await expectAsModel(control, model)
    }
    return undefined
  },

  'random changes do what they do to the model': async () => {
    const [control, model] = [addDevice('wgrandom'), new ModelDevice()]
    for (const change of fc.sample(anyChange, { numRuns: 150, seed: 7 })) {
      await control.change(change)
      model.apply(change)
      await expectAsModel(control, model)
    }
    return undefined
  },

  /** Shown in hexadecimal, to be kept as a recorded message. */
  'what the kernel sends of a small device is one message': async () => {
    const control = addDevice('wgsmall')
    const [first, second] = [keyOf('first').publicKey, keyOf('second').publicKey]
    await control.change({
      privateKey: keyOf('own'),
      listenPort: 51820,
      fwmark: 0x200000,
      peers: [
        {
          publicKey: first,
          endpoint: { address: '192.0.2.1', port: 51821 },
          keepaliveSeconds: 25,
          allowedIps: ['10.1.0.0/16', 'fd00:1::/64'],
        },
        { publicKey: second, endpoint: { address: 'fd01::1', port: 51822 } },
      ],
    })
    const socket = GenericSocket.open('wireguard')
    const body = (writer: MessageWriter) => writer.string(2, 'wgsmall')
    const messages = socket.dump({ what: 'dump', command: 0, body })
    deepStrictEqual(messages.length, 1)
    return messages.map((message) => Buffer.from(message.bytes()).toString('hex')).join()
  },

  'two devices shake hands, and say so': async () => {
    const [left, right] = [addDevice('wgleft'), addDevice('wgright')]
    const [leftKey, rightKey] = [keyOf('left'), keyOf('right')]
    await left.change({
      privateKey: leftKey,
      listenPort: 7001,
      peers: [
        {
          publicKey: rightKey.publicKey,
          endpoint: { address: '127.0.0.1', port: 7002 },
          keepaliveSeconds: 1,
        },
      ],
    })
    await right.change({ privateKey: rightKey, listenPort: 7002, peers: [{ publicKey: leftKey.publicKey }] })
    for (const name of ['lo', 'wgright', 'wgleft']) bringUp(name)
    await waitFor(async () => (await right.read()).peers[0]?.lastHandshake !== undefined)
    const [[ofLeft], [ofRight]] = [(await left.read()).peers, (await right.read()).peers]
    ok(Math.abs(Date.now() - (ofRight?.lastHandshake?.getTime() ?? 0)) < 10_000)
    deepStrictEqual(ofRight?.endpoint, { address: '127.0.0.1', port: 7001 })
    ok((ofLeft?.sentBytes ?? 0) >= 148 && (ofLeft?.receivedBytes ?? 0) >= 92)
    ok((ofRight?.receivedBytes ?? 0) >= 148 && (ofRight?.sentBytes ?? 0) >= 92)
    return `after ${ofLeft?.sentBytes} and ${ofRight?.sentBytes} bytes`
  },

  'a device that is not there, a link of another kind and a port in use are told apart': async () => {
    await rejects(openKernelWireguard({ name: 'none' }).read(), {
      name: 'WireguardError',
      errno: 'ENODEV',
      isWithoutDevice: true,
      message: 'read WireGuard device none: ENODEV (no such link)',
    })
    await rejects(openKernelWireguard({ name: 'lo' }).change({ fwmark: 1 }), { errno: 'EOPNOTSUPP' })
    const other = addDevice('wgother')
    bringUp('wgother')
    await rejects(other.change({ privateKey: keyOf('other'), listenPort: 7001 }), { errno: 'EADDRINUSE' })
    return undefined
  },
})

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await condition()) return
    await sleep(100)
  }
  throw new Error('it did not happen in 10 s')
}
