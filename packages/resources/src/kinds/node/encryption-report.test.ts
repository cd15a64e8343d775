import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type EncryptionReport,
  formatEncryptionReport,
  mostReportedPeers,
  parseEncryptionReport,
  type TunnelReport,
} from './encryption-report.ts'

const tunnel = (changes: Partial<TunnelReport> = {}): TunnelReport => ({
  version: 4,
  interfaceName: 'wireguard.cali',
  driver: 'kernel',
  publicKey: 'key',
  keyMadeAt: '2026-01-02T03:04:05.000Z',
  listenPort: 51820,
  counts: { peers: 1, waiting: 0, clear: 1 },
  peers: [['node-2', 1_767_323_045, 100, 200]],
  unanswered: [],
  clear: [['node-3', 'NoKey']],
  ...changes,
})
const report = (changes: Partial<EncryptionReport> = {}): EncryptionReport => ({
  required: true,
  dropped: { packets: 3, bytes: 252 },
  problems: ['one'],
  tunnels: [tunnel()],
  ...changes,
})
const across = (all: EncryptionReport) => parseEncryptionReport(formatEncryptionReport(all))

describe('what was formatted is parsed', () => {
  test.each([
    ['of a tunnel', report()],
    ['without a tunnel', report({ tunnels: [], required: false, problems: [] })],
    ['of a tunnel without a device', report({ tunnels: [tunnel({ version: 6, peers: [], clear: [] })] })],
  ])('%s', (_, all) => expect(across(all)).toEqual(all))

  test('what is not known is left out', () => {
    const text = formatEncryptionReport(
      report({ tunnels: [tunnel({ driver: undefined, publicKey: undefined, keyMadeAt: undefined })] }),
    )
    expect(text).not.toMatch(/driver|publicKey|keyMadeAt/)
    expect(parseEncryptionReport(text)?.tunnels[0]?.driver).toBeUndefined()
  })
})

describe('of many peers', () => {
  const name = (n: number) => `node-${String(n).padStart(4, '0')}`
  const peers = Array.from({ length: 4999 }, (_, n): [string, number, number, number] => [
    name(n),
    n === 4000 ? 0 : 1_767_323_045,
    n,
    n,
  ])
  const clear = Array.from({ length: 300 }, (_, n): [string, string] => [`other-${name(299 - n)}`, 'NoKey'])
  const counts = { peers: 4999, waiting: 2, clear: 300 }
  const all = across(report({ tunnels: [tunnel({ peers, clear, counts, unanswered: [name(3000)] })] }))
    ?.tunnels[0]

  test('few are told, those first that never shook hands, then who does not answer, then by name', () => {
    expect(all?.peers).toHaveLength(mostReportedPeers)
    expect(all?.peers.slice(0, 4).map(([node]) => node)).toEqual([name(4000), name(3000), name(0), name(1)])
    expect(all?.unanswered).toEqual([name(3000)])
    expect(all?.clear.at(0)).toEqual([`other-${name(0)}`, 'NoKey'])
    expect(all?.clear).toHaveLength(mostReportedPeers)
  })
  test('all are counted', () => expect(all?.counts).toEqual(counts))

  test('with the longest names there is room for it in an annotation', () => {
    const longest = (n: number) => String(n).padStart(253, 'n')
    const most = tunnel({
      peers: peers.map((_, n) => [
        longest(n),
        1_767_323_045,
        Number.MAX_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER,
      ]),
      clear: peers.map((_, n) => [longest(n), 'MalformedKey']),
    })
    const problems = Array.from({ length: 5000 }, (_, n) => `${longest(n)} ${longest(n)}`)
    expect(
      formatEncryptionReport(report({ problems, tunnels: [most, { ...most, version: 6 }] })).length,
    ).toBeLessThan(256 * 1024)
  })
})

test('the first problems are told, and how many more there are', () => {
  const problems = Array.from({ length: 5000 }, (_, n) => `${n} ${'x'.repeat(1000)}`)
  const told = across(report({ problems }))?.problems
  expect(told).toHaveLength(21)
  expect(told?.[0]).toMatch(/^0 x{297}…$/)
  expect(told?.at(-1)).toBe('and 4980 more')
})

describe('what can’t be read is none', () => {
  const broken = (change: (all: Record<string, unknown>) => void) => {
    const all = JSON.parse(formatEncryptionReport(report())) as Record<string, unknown>
    change(all)
    return JSON.stringify(all)
  }
  const brokenTunnel = (changes: object) =>
    broken((all) => Object.assign(all, { tunnels: [{ ...tunnel(), ...changes }] }))

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"on"'],
    ['an empty object', '{}'],
    ['required as text', broken((all) => Object.assign(all, { required: 'true' }))],
    ['no count of what was dropped', broken((all) => Object.assign(all, { dropped: { packets: 1 } }))],
    ['a negative count', broken((all) => Object.assign(all, { dropped: { packets: -1, bytes: 0 } }))],
    ['problems that are no texts', broken((all) => Object.assign(all, { problems: [1] }))],
    ['another IP version', brokenTunnel({ version: 5 })],
    ['another driver', brokenTunnel({ driver: 'other' })],
    ['no time', brokenTunnel({ keyMadeAt: 'yesterday' })],
    ['counts that are missing', brokenTunnel({ counts: undefined })],
    ['a short peer', brokenTunnel({ peers: [['node-2', 1, 2]] })],
    ['a handshake as text', brokenTunnel({ peers: [['node-2', '1', 2, 3]] })],
    ['a node without a reason', brokenTunnel({ clear: [['node-3']] })],
  ])('%s', (_, text) => expect(parseEncryptionReport(text)).toBeUndefined())

  test('any JSON is read or is none, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const read = parseEncryptionReport(text)
        expect(read === undefined || Array.isArray(read.tunnels)).toBe(true)
      }),
    )
  })
  test('fields of later versions are passed over', () => {
    expect(parseEncryptionReport(broken((all) => Object.assign(all, { later: 1 })))).toEqual(report())
  })
})
