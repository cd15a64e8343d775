/** How the status of encryption is worked out and shown. */
import { describe, expect, test } from 'vitest'
import { styleFor } from '../output/style.ts'
import {
  encryptedNodes,
  type FakeNode,
  leaseObjects,
  nodeObject,
  now,
  report,
  secondsAgo,
  tunnelReport,
} from '../testing/encryption-nodes.ts'
import { clusterStatus, isEncrypted } from './cluster-status.ts'
import { formatStatus } from './format-status.ts'
import { pairAt } from './pair-states.ts'
import { statusData } from './status-data.ts'

const plain = styleFor({ write: () => undefined, isTerminal: false }, {})
const statusOf = (nodes: readonly FakeNode[], at = now) =>
  clusterStatus(nodes.map(nodeObject), nodes.flatMap(leaseObjects), at)
const shown = (nodes: readonly FakeNode[], isWide = false) => formatStatus(statusOf(nodes), isWide, plain)
const many = (count: number) => Array.from({ length: count }, (_, n) => `node-${String(n).padStart(4, '0')}`)
const off = { report: report([]) }

describe('from one node to another', () => {
  const pair = (one: Partial<FakeNode>) => {
    const nodes: FakeNode[] = [{ name: 'a', renewedSecondsAgo: 10, ...one }, ...encryptedNodes(['b', 'c'])]
    const row = statusOf(nodes).rows.find(({ from, version }) => from === 'a' && version === 4)
    return row && pairAt(row, 'b')
  }
  const peer = (handshake: number, unanswered: string[] = []) => ({
    report: report([tunnelReport({ peers: [['b', handshake, 1, 2]], unanswered })]),
  })
  const clear = (required: boolean) => ({
    report: report([tunnelReport({ clear: [['b', 'NoKey']] })], { required }),
  })

  test.each([
    ['encrypted', 'a peer with a session', peer(secondsAgo(100))],
    ['encrypted', 'a peer to which nothing was sent since its session ended', peer(secondsAgo(3600))],
    ['waiting', 'a peer that never shook hands', peer(0)],
    ['waiting', 'a peer that does not answer', peer(secondsAgo(3600), ['b'])],
    ['clear', 'no peer', clear(false)],
    ['dropped', 'no peer, and encryption is required', clear(true)],
    ['clear', 'switched off on the sender', { report: report([]) }],
    ['dropped', 'switched off on the sender, but required', { report: report([], { required: true }) }],
    [
      'clear',
      'switched on for the other IP version alone',
      { report: report([tunnelReport({ version: 6 })]) },
    ],
    ['unknown', 'a node that the agent does not tell of', { report: report([tunnelReport({})]) }],
    ['unknown', 'an agent that tells nothing', {}],
    [
      'unknown',
      'an agent that was not heard of for 61 s',
      { ...peer(secondsAgo(100)), renewedSecondsAgo: 61 },
    ],
    [
      'encrypted',
      'an agent that was not heard of for 60 s',
      { ...peer(secondsAgo(100)), renewedSecondsAgo: 60 },
    ],
    ['unknown', 'no agent', { renewedSecondsAgo: undefined as never }],
  ])('%s: %s', (state, _, one) => expect(pair(one)?.state).toBe(state))

  test('none to itself', () => {
    const [row] = statusOf(encryptedNodes(['a', 'b'])).rows
    expect(row && pairAt(row, 'a')).toBeUndefined()
  })
})

describe('ages', () => {
  const nodes = encryptedNodes(['a', 'b'])
  const ageAt = (at: Date) => {
    const [row] = statusOf(nodes, at).rows
    return row && pairAt(row, 'b')?.handshakeAgeSeconds
  }
  test('are by the clock of the node, and the time since it was heard of', () => expect(ageAt(now)).toBe(40))
  test('a reader’s clock that is an hour behind counts for nothing', () =>
    expect(ageAt(new Date(now.getTime() - 3_600_000))).toBe(30))
})

test('up to 16 nodes each is listed, and who sends to whom', () => {
  const nodes = encryptedNodes(['a', 'b', 'c'], { c: off })
  expect(shown(nodes)).toBe(
    [
      'NODE   DRIVER   KEY AGE   ENCRYPTED   WAITING   CLEAR   UNKNOWN   DROPPED   REQUIRED   AGENT',
      'a      kernel   3d        1           0         1       0         0         no         10s ago',
      'b      kernel   3d        1           0         1       0         0         no         10s ago',
      'c      off      -         0           0         2       0         0         no         10s ago',
      '',
      'FROM \\ TO   a           b           c',
      'a           -           encrypted   clear',
      'b           encrypted   -           clear',
      'c           clear       clear       -',
      '',
    ].join('\n'),
  )
})

test('wide has the devices, and ages of handshakes', () => {
  const text = shown(encryptedNodes(['a', 'b']), true)
  expect(text).toMatch(/^NODE .* AGENT +INTERFACE +PORT +PUBLIC KEY\n/)
  expect(text).toMatch(/\na .* wireguard\.cali +51820 +public key\n/)
  expect(text).toMatch(/\na +- +encrypted 40s\n/)
})

test('IPv4 and IPv6 are told apart where both are on', () => {
  const both = (to: string) =>
    report([
      tunnelReport({ peers: [[to, secondsAgo(1), 0, 0]] }),
      tunnelReport({ version: 6, peers: [[to, 0, 0, 0]] }),
    ])
  const text = shown([
    { name: 'a', renewedSecondsAgo: 1, report: both('b') },
    { name: 'b', renewedSecondsAgo: 1, report: both('a') },
  ])
  expect(text).toMatch(/^NODE +IP +DRIVER/)
  expect(text).toMatch(/\na +4 +kernel +3d +1 +0 /)
  expect(text).toMatch(/\na +6 +kernel +3d +0 +1 /)
  expect(text).toMatch(/IPv4: FROM \\ TO +a +b\na +- +encrypted\n/)
  expect(text).toMatch(/IPv6: FROM \\ TO +a +b\na +- +waiting\n/)
})

describe('without any tunnel one line says why', () => {
  test.each([
    ['no nodes', [], /^There are no nodes\.\n$/],
    ['no agents', [{ name: 'a' }, { name: 'b' }], /^None of 2 nodes has an agent, .*\n$/],
    ['agents that tell nothing', [{ name: 'a', renewedSecondsAgo: 1 }], /^No agent of 1 node tells .*\n$/],
    [
      'off',
      encryptedNodes(['a', 'b'], { a: off, b: off }),
      /^Encryption is off on all nodes\. Switch it on: wireguardEnabled.*\n$/,
    ],
    [
      'off, and one silent',
      encryptedNodes(['a', 'b'], { a: off, b: { renewedSecondsAgo: 300 } }),
      /^Encryption is off on all 1 of 2 nodes that are heard of\./,
    ],
    [
      'off and required',
      encryptedNodes(['a', 'b'], { a: off, b: { report: report([], { required: true }) } }),
      /but required on 1: .*\n$/,
    ],
  ])('%s', (_, nodes, text) => expect(shown(nodes)).toMatch(text))
})

describe('problems', () => {
  test('are told once, with the nodes that tell them', () => {
    const told = { report: report([tunnelReport({})], { problems: ['two keys', 'two keys'] }) }
    const text = shown(encryptedNodes(['a', 'b', 'c', 'd'], { a: told, b: told }))
    expect(text).toMatch(/\nProblems:\n {2}a, b: two keys\n$/)
    expect(shown(encryptedNodes(['a', 'b', 'c', 'd'], { a: told, b: told, c: told, d: told }))).toMatch(
      /\n {2}4 nodes: two keys\n$/,
    )
  })
  test('can’t steer the terminal', () => {
    const told = { report: report([tunnelReport({})], { problems: ['\u001b[2J'] }) }
    expect(shown(encryptedNodes(['a'], { a: told }))).not.toContain('\u001b')
  })
  test('a rotation that nobody can read is one', () => {
    expect(
      shown(encryptedNodes(['a', 'b'], { a: { annotations: { 'margay.io/wireguard-rotate': 'now' } } })),
    ).toMatch(/a: the annotation margay\.io\/wireguard-rotate of the Node is no RFC 3339 time/)
  })
})

describe('of 17 nodes', () => {
  test('that all encrypt it is a line for all of them, and one for all pairs', () => {
    expect(shown(encryptedNodes(many(17)))).toBe(
      [
        'NODE       DRIVER   KEY AGE    ENCRYPTED   WAITING   CLEAR   UNKNOWN   DROPPED   REQUIRED   AGENT',
        '17 nodes   kernel   up to 3d   16          0         0       0         0         no         running',
        '',
        'IPv4: all 272 pairs of nodes are encrypted.',
        '',
      ].join('\n'),
    )
  })
  test('wide still lists each', () => expect(shown(encryptedNodes(many(17)), true)).toContain('\nnode-0016 '))
})

describe('of 5,000 nodes', () => {
  const names = many(5000)
  const nodes = encryptedNodes(names, { 'node-0003': off, 'node-0009': { renewedSecondsAgo: 300 } })
  const text = shown(nodes)

  test('of which one is opted out and one is silent, a few lines tell it', () => {
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^NODE /),
      expect.stringMatching(/^4998 nodes +kernel +up to 3d +4998 +0 +1 +0 +0 +no +running$/),
      expect.stringMatching(/^node-0003 +off +- +0 +0 +4999 +0 +0 +no +10s ago$/),
      expect.stringMatching(/^node-0009 +unknown +- +0 +0 +0 +4999 +- +- +silent for 5m$/),
      '',
      'IPv4: 24980004 of 24995000 pairs of nodes are encrypted. The others:',
      expect.stringMatching(/^FROM /),
      expect.stringMatching(
        /^4998 nodes \(node-0000, node-0001, node-0002, …\) +node-0003 +clear +the receiver publishes no key$/,
      ),
      expect.stringMatching(/^node-0003 +all others +clear +the sender does not encrypt$/),
      expect.stringMatching(/^node-0009 +all others +unknown$/),
      '',
    ])
  })
  test('a node that came after a report was written is unknown to it', () => {
    const [row] = statusOf([...nodes, { name: 'node-new', createdSecondsAgo: 5 }]).rows
    expect(row && pairAt(row, 'node-new')?.state).toBe('unknown')
    expect(row && pairAt(row, 'node-4000')?.state).toBe('encrypted')
  })
})

describe('of 300 nodes of which none shook hands', () => {
  const names = many(300)
  const nodes = names.map((name) => {
    const peers = names.filter((it) => it !== name).map((it) => [it, 0, 0, 0] as const)
    return { name, renewedSecondsAgo: 1, report: report([tunnelReport({ peers })]) }
  })
  test('nobody who is not told of counts as encrypted', () => {
    const status = statusOf(nodes)
    expect(
      status.rows.every(
        ({ counts }) => counts.encrypted === 0 && counts.waiting === 200 && counts.unknown === 99,
      ),
    ).toBe(true)
  })
  test('few lines tell it', () => expect(shown(nodes).split('\n').length).toBeLessThan(120))
})

describe('is encrypted as a whole', () => {
  test.each([
    [true, 'all pairs are', encryptedNodes(['a', 'b'])],
    [true, 'one node, which has nobody to send to', encryptedNodes(['a'])],
    [false, 'one node in the clear', encryptedNodes(['a', 'b', 'c'], { c: off })],
    [false, 'a silent agent', encryptedNodes(['a', 'b'], { a: { renewedSecondsAgo: 100 } })],
    [false, 'off everywhere', encryptedNodes(['a', 'b'], { a: off, b: off })],
    [false, 'no agents', [{ name: 'a' }, { name: 'b' }]],
  ])('%s: %s', (expected, _, nodes) => expect(isEncrypted(statusOf(nodes))).toBe(expected))
})

describe('for programs', () => {
  test('each pair, with ages and bytes', () => {
    const nodes = encryptedNodes(['a', 'b', 'c'], { c: off })
    expect(statusData(statusOf(nodes))).toMatchObject({
      encrypted: false,
      versions: [4],
      nodes: [
        {
          name: 'a',
          agent: 'running',
          heardSecondsAgo: 10,
          required: false,
          dropped: { packets: 0, bytes: 0 },
          tunnels: [
            {
              version: 4,
              interfaceName: 'wireguard.cali',
              listenPort: 51_820,
              driver: 'kernel',
              publicKey: 'public key',
              keyAgeSeconds: 259_200,
            },
          ],
          sendsTo: [
            {
              version: 4,
              counts: { encrypted: 1, clear: 1, dropped: 0, waiting: 0, unknown: 0 },
              nodes: [
                {
                  node: 'b',
                  state: 'encrypted',
                  handshakeAgeSeconds: 40,
                  receivedBytes: 1000,
                  sentBytes: 2000,
                },
                { node: 'c', state: 'clear', reason: 'NoKey' },
              ],
            },
          ],
          problems: [],
        },
        { name: 'b' },
        {
          name: 'c',
          tunnels: [],
          sendsTo: [{ nodes: [{ node: 'a', state: 'clear', reason: 'SwitchedOff' }, { node: 'b' }] }],
        },
      ],
    })
  })
  test('of many nodes, what is not told one by one is one word', () => {
    const data = statusData(statusOf(encryptedNodes(many(300)))) as {
      nodes: { sendsTo: { nodes: object[]; others?: string }[] }[]
    }
    expect(data.nodes[0]?.sendsTo[0]?.nodes).toHaveLength(200)
    expect(data.nodes[0]?.sendsTo[0]?.others).toBe('encrypted')
  })
})
