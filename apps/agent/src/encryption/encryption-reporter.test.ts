/** When encryption is looked at, what is logged, and what should be known soon; by a clock that the test moves. */
import { encryptionReportAnnotation, parseEncryptionReport } from '@margay/resources'
import { beforeEach, expect, test } from 'vitest'
import { encryptionState, type FakeTunnel, tunnelState } from '../testing/encryption-states.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import type { EncryptionState } from './encryption.ts'
import { type EncryptionLook, EncryptionReporter } from './encryption-reporter.ts'

let clock: FakeClock
let state: EncryptionState
let failure: Error | undefined
let looks: number
let lines: string[]
let importantAt: number[]
let found: EncryptionLook[]
let reporter: EncryptionReporter

beforeEach(() => {
  clock = new FakeClock()
  const startMs = clock.now().getTime()
  state = encryptionState([])
  failure = undefined
  looks = 0
  lines = []
  importantAt = []
  found = []
  reporter = new EncryptionReporter({
    state: async () => {
      looks++
      if (failure !== undefined) throw failure
      return state
    },
    clock,
    log: (line) => lines.push(line),
    onImportant: () => importantAt.push((clock.now().getTime() - startMs) / 1000),
    onLook: (look) => found.push(look),
  })
})

const shaken = () => ({ lastHandshake: clock.now() })
const tunnelOf = (peers: NonNullable<FakeTunnel['peers']>, problems: string[] = []) =>
  encryptionState([tunnelState({ peers, problems })])

test('a tunnel that is new, a peer that is encrypted now, and one that is not any more should be known soon; bytes and idle handshakes can wait', async () => {
  state = tunnelOf({ 'node-2': {} })
  reporter.start()
  await clock.advance(12_000)
  expect(importantAt).toEqual([5])
  state = tunnelOf({ 'node-2': { ...shaken(), sentBytes: 1 } })
  await clock.advance(5000)
  state = tunnelOf({ 'node-2': { ...shaken(), sentBytes: 1000 } })
  await clock.advance(10_000)
  expect(importantAt).toEqual([5, 15])
  state = encryptionState([tunnelState({ clear: [{ node: 'node-2', reason: 'NoKey' }] })])
  await clock.advance(10_000)
  expect(importantAt).toEqual([5, 15, 30])
})

test('a problem should be known soon, and its end; it is logged once', async () => {
  reporter.start()
  state = tunnelOf({}, ['nodes a, b publish the same WireGuard key'])
  await clock.advance(60_000)
  state = tunnelOf({})
  await clock.advance(60_000)
  expect(importantAt).toEqual([5, 65])
  expect(lines).toEqual(['encryption: nodes a, b publish the same WireGuard key'])
})

test('what a tunnel tries again is logged there, and told on the lease alone', async () => {
  const tunnel = { ...tunnelState({}), problems: ['encryption over IPv4: no device'] }
  state = encryptionState([tunnel])
  reporter.start()
  await clock.advance(5000)
  expect(lines).toEqual([])
  const text = (await reporter.annotations())[encryptionReportAnnotation]
  expect(parseEncryptionReport(text)?.problems).toEqual(['encryption over IPv4: no device'])
})

test('what a heartbeat just took needs no other one', async () => {
  reporter.start()
  await clock.advance(4000)
  state = tunnelOf({ 'node-2': shaken() })
  const text = (await reporter.annotations())[encryptionReportAnnotation]
  expect(parseEncryptionReport(text)?.tunnels[0]?.peers[0]?.[0]).toBe('node-2')
  await clock.advance(20_000)
  expect(importantAt).toEqual([])
})

test('many peers are looked at less often', async () => {
  state = tunnelOf(Object.fromEntries(Array.from({ length: 4999 }, (_, n) => [`node-${n}`, {}])))
  reporter.start()
  await clock.advance(5000)
  looks = 0
  await clock.advance(200_000)
  expect(looks).toBe(2)
})

test('what can’t be read is told to whoever asks for it, and looked for again', async () => {
  failure = new Error('no netlink')
  reporter.start()
  await clock.advance(10_000)
  await expect(reporter.annotations()).rejects.toThrow('no netlink')
  failure = undefined
  state = tunnelOf({ 'node-2': shaken() })
  await clock.advance(5000)
  expect(importantAt).toEqual([15])
})

test('each look is told with the one before it, whoever asked for it; none that failed', async () => {
  reporter.start()
  await clock.advance(5000)
  state = tunnelOf({ 'node-2': shaken() })
  await Promise.all([reporter.annotations(), reporter.annotations()])
  failure = new Error('no netlink')
  await clock.advance(5000)
  failure = undefined
  await clock.advance(5000)
  const standingsOf = ({ standings }: EncryptionLook['before']) => [...standings]
  expect(found.map((look) => [standingsOf(look.before), standingsOf(look)])).toEqual([
    [[], []],
    [[], [['4 node-2', 'Encrypted']]],
    [[['4 node-2', 'Encrypted']], [['4 node-2', 'Encrypted']]],
  ])
})

test('after its stop it looks no more', async () => {
  reporter.start()
  reporter.stop()
  await clock.advance(60_000)
  expect(looks).toBe(0)
})
