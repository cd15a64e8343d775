import { PrivateKey } from '@margay/netlink'
import { formatEncryptionReport, parseEncryptionReport } from '@margay/resources'
import { describe, expect, test } from 'vitest'
import { encryptionState, tunnelState } from '../testing/encryption-states.ts'
import { encryptionReport, peerStandings } from './encryption-report.ts'
import { type Silences, silencesOf } from './unanswered.ts'

const now = new Date('2026-01-02T03:04:05Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const none: Silences = new Map()

test('of a tunnel with peers and a node in the clear', () => {
  const tunnel = tunnelState({
    peers: {
      'node-2': { lastHandshake: new Date('2026-01-02T03:04:00.900Z'), receivedBytes: 10, sentBytes: 20 },
      'node-3': {},
    },
    clear: [{ node: 'node-4', reason: 'NoKey' }],
    problems: ['one', 'one'],
  })
  expect(encryptionReport(encryptionState([tunnel], { dropped: { packets: 3, bytes: 252 } }), none)).toEqual({
    required: true,
    dropped: { packets: 3, bytes: 252 },
    problems: ['one'],
    tunnels: [
      {
        version: 4,
        interfaceName: 'wireguard.cali',
        driver: 'wireguard-go',
        publicKey: 'own key',
        keyMadeAt: '2026-01-01T00:00:00.000Z',
        listenPort: 51_820,
        counts: { peers: 2, waiting: 1, clear: 1 },
        peers: [
          ['node-2', 1_767_323_040, 10, 20],
          ['node-3', 0, 0, 0],
        ],
        unanswered: [],
        clear: [['node-4', 'NoKey']],
      },
    ],
  })
})

test('switched off and not required, it says so', () => {
  expect(encryptionReport(encryptionState([]), none)).toEqual({
    required: false,
    dropped: { packets: 0, bytes: 0 },
    problems: [],
    tunnels: [],
  })
})

test('while there is no device, peers wait: nothing goes to them in the clear', () => {
  const report = encryptionReport(
    encryptionState([tunnelState({ peers: { 'node-2': {} }, hasDevice: false })]),
    none,
  )
  expect(report.tunnels[0]).toMatchObject({
    driver: undefined,
    publicKey: undefined,
    counts: { peers: 1, waiting: 1 },
  })
  expect(peerStandings(report)).toEqual(new Map([['4 node-2', 'Waiting']]))
})

test('is read again as it was, and holds public keys alone', () => {
  const key = PrivateKey.generate((count) => new Uint8Array(count).fill(7))
  const report = encryptionReport(
    encryptionState([tunnelState({ publicKey: key.publicKey }), tunnelState({ version: 6 })]),
    none,
  )
  const text = formatEncryptionReport(report)
  expect(parseEncryptionReport(text)).toEqual(report)
  expect(text).toContain(key.publicKey)
  expect(text).not.toContain(key.revealBase64())
})

describe('a peer whose latest handshake is older than a session', () => {
  const tunnel = (age: number, sentBytes: number) => [
    tunnelState({ peers: { 'node-2': { lastHandshake: secondsAgo(age), sentBytes } } }),
  ]
  const standing = (steps: readonly (readonly [age: number, sentBytes: number])[]) => {
    const silences = steps.reduce((earlier, [age, sent]) => silencesOf(tunnel(age, sent), earlier, now), none)
    const [age, sent] = steps.at(-1) ?? [0, 0]
    return peerStandings(encryptionReport(encryptionState(tunnel(age, sent)), silences)).get('4 node-2')
  }

  test.each([
    ['is idle when it is seen first', 'Encrypted', [[3600, 100]]],
    [
      'is idle as long as nothing is sent',
      'Encrypted',
      [
        [3600, 100],
        [3600, 100],
      ],
    ],
    [
      'does not answer when something was sent since',
      'Waiting',
      [
        [3600, 100],
        [3600, 101],
      ],
    ],
    [
      'goes on not to answer when nothing more is sent',
      'Waiting',
      [
        [3600, 100],
        [3600, 101],
        [3600, 101],
      ],
    ],
    [
      'answered, with another handshake',
      'Encrypted',
      [
        [3600, 100],
        [3600, 101],
        [10, 300],
      ],
    ],
    [
      'begins anew after another handshake',
      'Encrypted',
      [
        [3600, 100],
        [3600, 101],
        [200, 300],
      ],
    ],
    [
      'may send within its session',
      'Encrypted',
      [
        [170, 100],
        [170, 200],
      ],
    ],
  ] as const)('%s', (_, expected, steps) => expect(standing(steps)).toBe(expected))
})
