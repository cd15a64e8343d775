/** What becomes of looks at encryption as events. */
import { beforeEach, expect, test } from 'vitest'
import { encryptionState, type FakeTunnel, tunnelState } from '../testing/encryption-states.ts'
import { encryptionTeller } from './encryption-events.ts'
import { encryptionReport, peerStandings } from './encryption-report.ts'
import type { EncryptionLook } from './encryption-reporter.ts'

let told: string[]
let tell: (look: EncryptionLook) => void
let before: EncryptionLook['before']

beforeEach(() => {
  told = []
  tell = encryptionTeller({
    tell: ({ reason, type, message }, of) => told.push(`${type} ${reason}: ${message(of)}`),
  })
  before = {
    report: { required: false, dropped: { packets: 0, bytes: 0 }, problems: [], tunnels: [] },
    standings: new Map(),
  }
})

/** What is told of the next look, which finds these tunnels. */
function look(...tunnels: FakeTunnel[]): string[] {
  told = []
  const report = encryptionReport(encryptionState(tunnels.map(tunnelState)), new Map())
  const standings = peerStandings(report)
  tell({ report, standings, before })
  before = { report, standings }
  return told
}

const shaken = { lastHandshake: new Date('2026-01-02T00:00:00Z') }
const clear = (...nodes: string[]) => nodes.map((node) => ({ node, reason: 'NoKey' as const }))

test('a key that is made anew is told, for each IP version; the first one is not', () => {
  expect(look()).toEqual([])
  expect(look({ hasDevice: false })).toEqual([])
  expect(look({ publicKey: 'a' }, { version: 6, publicKey: 'b' })).toEqual([])
  expect(look({ publicKey: 'a' }, { version: 6, publicKey: 'c' })).toEqual([
    'Normal WireguardKeyRotated: The WireGuard key of IPv6 was made anew',
  ])
  expect(look({ publicKey: 'd' }, { version: 6, publicKey: 'e' })).toEqual([
    'Normal WireguardKeyRotated: The WireGuard key of IPv4, IPv6 was made anew',
  ])
  expect(look({ publicKey: 'd' }, { version: 6, publicKey: 'e' })).toEqual([])
})

test('a peer that is not encrypted any more is told, and when it is again', () => {
  look({ peers: { 'node-2': shaken } })
  expect(look({ clear: clear('node-2') })).toEqual([
    'Warning WireguardPeerClear: What is sent to these nodes is not encrypted any more: node-2 (IPv4)',
  ])
  expect(look({ clear: clear('node-2') })).toEqual([])
  // A peer, but there was no handshake yet.
  expect(look({ peers: { 'node-2': {} } })).toEqual([])
  expect(look({ peers: { 'node-2': shaken } })).toEqual([
    'Normal WireguardPeerEncrypted: What is sent to these nodes is encrypted again: node-2 (IPv4)',
  ])
  expect(look({ peers: { 'node-2': shaken } })).toEqual([])
})

test('a node that is in the clear at first sight is not told, nor that it is encrypted then', () => {
  look({ peers: { 'node-2': shaken } })
  expect(look({ peers: { 'node-2': shaken }, clear: clear('node-3') })).toEqual([])
  expect(look({ peers: { 'node-2': shaken, 'node-3': shaken } })).toEqual([])
})

test('a node that leaves in the clear and comes back is a new one', () => {
  look({ peers: { 'node-2': shaken } })
  look({ clear: clear('node-2') })
  expect(look({})).toEqual([])
  expect(look({ peers: { 'node-2': shaken } })).toEqual([])
})

test('IP versions are told apart', () => {
  const peers = { 'node-2': shaken }
  look({ peers }, { version: 6, peers })
  expect(look({ peers }, { version: 6, clear: clear('node-2') })).toEqual([
    'Warning WireguardPeerClear: What is sent to these nodes is not encrypted any more: node-2 (IPv6)',
  ])
})

test('many peers are one event, which names the first ten', () => {
  const names = Array.from({ length: 13 }, (_, n) => `n${n}`)
  look({ peers: Object.fromEntries(names.map((name) => [name, shaken])) })
  const [event, ...more] = look({ clear: clear(...names) })
  expect(more).toEqual([])
  expect(event).toMatch(/: n0 \(IPv4\), (n\d \(IPv4\), ){8}n9 \(IPv4\), and 3 more$/)
})

test('a problem is told when it is new, and when it comes back', () => {
  expect(look({ problems: ['no device'] })).toEqual(['Warning WireguardProblem: no device'])
  expect(look({ problems: ['no device', 'no port', 'no port'] })).toEqual([
    'Warning WireguardProblem: no port',
  ])
  expect(look({})).toEqual([])
  expect(look({ problems: ['no device', 'no port'] })).toEqual([
    'Warning WireguardProblem: no device; no port',
  ])
})
