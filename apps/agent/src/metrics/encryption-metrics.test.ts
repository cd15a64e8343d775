import { formatMetrics } from '@margay/metrics'
import { expect, test } from 'vitest'
import { encryptionState, tunnelState } from '../testing/encryption-states.ts'
import { encryptionMetrics } from './encryption-metrics.ts'

const settings = { host: undefined, port: 9091, wireguard: true }
const lastHandshake = new Date('2026-01-02T03:04:05.900Z')
const tunnel = tunnelState({
  peers: {
    'node-2': {
      lastHandshake,
      receivedBytes: 10,
      sentBytes: 20,
      endpoint: { address: '10.0.0.2', port: 51_820 },
    },
    'node-3': { endpoint: { address: 'fd00::3', port: 51_820 } },
  },
})
const textOf = (...args: Parameters<typeof encryptionMetrics>) => formatMetrics(encryptionMetrics(...args))

test('of devices and peers, with the names and labels that Felix has', () => {
  expect(textOf('node-1', encryptionState([tunnel], { dropped: { packets: 3, bytes: 252 } }), settings)).toBe(
    `# HELP wireguard_meta A WireGuard device, in the labels
# TYPE wireguard_meta gauge
wireguard_meta{hostname="node-1",iface="wireguard.cali",listen_port="51820",public_key="own key"} 1
# HELP wireguard_bytes_rcvd Bytes that came from a peer
# TYPE wireguard_bytes_rcvd counter
wireguard_bytes_rcvd{hostname="node-1",peer_endpoint="10.0.0.2:51820",peer_key="key of node-2",public_key="own key"} 10
wireguard_bytes_rcvd{hostname="node-1",peer_endpoint="[fd00::3]:51820",peer_key="key of node-3",public_key="own key"} 0
# HELP wireguard_bytes_sent Bytes that were sent to a peer
# TYPE wireguard_bytes_sent counter
wireguard_bytes_sent{hostname="node-1",peer_endpoint="10.0.0.2:51820",peer_key="key of node-2",public_key="own key"} 20
wireguard_bytes_sent{hostname="node-1",peer_endpoint="[fd00::3]:51820",peer_key="key of node-3",public_key="own key"} 0
# HELP wireguard_latest_handshake_seconds When a peer shook hands last, in seconds since 1970; 0: never
# TYPE wireguard_latest_handshake_seconds gauge
wireguard_latest_handshake_seconds{hostname="node-1",peer_endpoint="10.0.0.2:51820",peer_key="key of node-2",public_key="own key"} 1767323045
wireguard_latest_handshake_seconds{hostname="node-1",peer_endpoint="[fd00::3]:51820",peer_key="key of node-3",public_key="own key"} 0
# HELP margay_encryption_dropped_packets Packets that were dropped, since they would have been in the clear
# TYPE margay_encryption_dropped_packets counter
margay_encryption_dropped_packets{hostname="node-1"} 3
`,
  )
})

test('without those of WireGuard where settings say so', () => {
  const text = textOf('node-1', encryptionState([tunnel]), { ...settings, wireguard: false })
  expect(text).not.toContain('wireguard_')
  expect(text).toContain('margay_encryption_dropped_packets{hostname="node-1"} 0\n')
})

test('a device that is not there has none', () => {
  expect(textOf('node-1', encryptionState([tunnelState({ hasDevice: false })]), settings)).not.toMatch(
    /^wireguard_/m,
  )
})

test('what would end a label is escaped', () => {
  const samples = [{ labels: { a: 'x"\\\ny' }, value: 1 }]
  expect(formatMetrics([{ name: 'm', type: 'gauge', help: 'one\\\ntwo', samples }])).toBe(
    '# HELP m one\\\\\\ntwo\n# TYPE m gauge\nm{a="x\\"\\\\\\ny"} 1\n',
  )
})
