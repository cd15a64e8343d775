import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LabNode } from '../members.ts'
import type { ProbeOutcome, ProbeRequest, ProbeResult } from '../probes/probe-request.ts'
import { AttemptStream } from './attempt-stream.ts'

const from: LabNode = { kind: 'node', name: 'a', ips: [], netns: 'n' }
const request: ProbeRequest = { from, to: '10.0.0.1', protocol: 'TCP', port: 80 }
const result = (outcome: ProbeOutcome): ProbeResult => ({
  outcome,
  isAnswered: false,
  startedAt: 0,
  milliseconds: 0,
  detail: '',
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('attempts come at the asked rate and are counted by outcome', async () => {
  const outcomes: ProbeOutcome[] = ['reached', 'blocked', 'error', 'blocked']
  let count = 0
  const seen: ProbeOutcome[] = []
  const stream = new AttemptStream(
    request,
    { ratePerSecond: 100, onResult: ({ outcome }) => seen.push(outcome) },
    async () => result(outcomes[count++ % 4] ?? 'error'),
  )
  await vi.advanceTimersByTimeAsync(1000)
  const counters = await stream.close()
  expect(counters.attempted).toBeGreaterThanOrEqual(100)
  expect(counters.attempted).toBeLessThanOrEqual(101)
  expect(counters.reached + counters.blocked + counters.errors).toBe(counters.attempted)
  expect(counters.blocked).toBe(seen.filter((outcome) => outcome === 'blocked').length)
  await vi.advanceTimersByTimeAsync(1000)
  expect(stream.counters).toEqual(counters)
})

test('each attempt can be another request', async () => {
  const asked: (number | undefined)[] = []
  let port = 1
  const stream = new AttemptStream(
    () => ({ ...request, port: port++ }),
    { ratePerSecond: 100 },
    async (each) => {
      asked.push(each.port)
      return result('reached')
    },
  )
  await vi.advanceTimersByTimeAsync(30)
  await stream.close()
  expect(asked.slice(0, 3)).toEqual([1, 2, 3])
})

test('no more wait at once than allowed, and close waits for them', async () => {
  const settle: (() => void)[] = []
  const stream = new AttemptStream(
    request,
    { ratePerSecond: 1000, maximumInFlight: 3 },
    () => new Promise((resolve) => settle.push(() => resolve(result('blocked')))),
  )
  await vi.advanceTimersByTimeAsync(500)
  expect(stream.counters).toEqual({ attempted: 3, reached: 0, blocked: 0, errors: 0 })
  const closed = stream.close()
  for (const each of settle) each()
  expect(await closed).toEqual({ attempted: 3, reached: 0, blocked: 3, errors: 0 })
})
