/** The side of the process: takes `set=1`, and answers `get=1`. */
import type { WireguardEndpoint, WireguardPeer, WireguardPeerChange } from '../model.ts'
import type { ModelDevice } from '../model-device.testkit.ts'
import { PrivateKey } from '../private-key.ts'

const base64Of = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const hexOf = (base64: string) => Buffer.from(base64, 'base64').toString('hex')

/** @throws for what the protocol does not have */
export function applySet(device: ModelDevice, request: string): void {
  const [start, ...sections] = request.split(/\n(?=public_key=)/)
  if (start?.split('\n')[0] !== 'set=1' || !request.endsWith('\n\n')) throw new Error('is no request')
  for (const [key, value] of entriesOf(start).slice(1)) {
    if (key === 'private_key') device.apply({ privateKey: PrivateKey.ofBytes(Buffer.from(value, 'hex')) })
    else if (key === 'listen_port') device.apply({ listenPort: Number(value) })
    else if (key === 'fwmark') device.apply({ fwmark: Number(value) })
    else throw new Error(`${key} is no key of devices`)
  }
  for (const section of sections) device.apply({ peers: [readPeer(section)] })
}

function entriesOf(section: string): [key: string, value: string][] {
  return section
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, key, value] = /^([a-z_]+)=(.+)$/.exec(line) ?? []
      if (key === undefined || value === undefined) throw new Error('is not key=value')
      return [key, value]
    })
}

function readPeer(section: string): WireguardPeerChange {
  const entries = entriesOf(section)
  const all = (name: string) => entries.filter(([key]) => key === name).map(([, value]) => value)
  const [publicKey = ''] = all('public_key').map(base64Of)
  if (all('remove').includes('true')) return { publicKey, remove: true }
  const [endpoint] = all('endpoint')
  const [keepalive] = all('persistent_keepalive_interval')
  return {
    publicKey,
    updateOnly: all('update_only').includes('true'),
    replaceAllowedIps: all('replace_allowed_ips').includes('true'),
    ...(endpoint !== undefined && { endpoint: readEndpoint(endpoint) }),
    ...(keepalive !== undefined && { keepaliveSeconds: Number(keepalive) }),
    allowedIps: all('allowed_ip'),
  }
}

function readEndpoint(text: string): WireguardEndpoint {
  const colon = text.lastIndexOf(':')
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

/** What means nothing is left out, as wireguard-go does. */
export function answerOf({ device, privateKey }: ModelDevice): string {
  const secret = privateKey === undefined ? [] : [`private_key=${hexOf(privateKey.revealBase64())}`]
  const port = device.listenPort === 0 ? [] : [`listen_port=${device.listenPort}`]
  const mark = device.fwmark === 0 ? [] : [`fwmark=${device.fwmark}`]
  return `${[...secret, ...port, ...mark, ...device.peers.flatMap(peerLines), 'errno=0'].join('\n')}\n\n`
}

function peerLines(peer: WireguardPeer): string[] {
  const { endpoint, lastHandshake, allowedIps } = peer
  const milliseconds = lastHandshake?.getTime() ?? 0
  const host = endpoint?.address.includes(':') ? `[${endpoint.address}]` : endpoint?.address
  return [
    `public_key=${hexOf(peer.publicKey)}`,
    `preshared_key=${'0'.repeat(64)}`,
    'protocol_version=1',
    ...(endpoint === undefined ? [] : [`endpoint=${host}:${endpoint.port}`]),
    `last_handshake_time_sec=${Math.floor(milliseconds / 1000)}`,
    `last_handshake_time_nsec=${(milliseconds % 1000) * 1_000_000}`,
    `tx_bytes=${peer.sentBytes}`,
    `rx_bytes=${peer.receivedBytes}`,
    `persistent_keepalive_interval=${peer.keepaliveSeconds}`,
    ...allowedIps.toReversed().map((cidr) => `allowed_ip=${cidr}`),
  ]
}
