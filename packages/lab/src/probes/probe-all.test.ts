import { expect, test } from 'vitest'
import type { LabNode } from '../members.ts'
import { probeAll } from './probe-all.ts'
import type { ProbeOutcome, ProbeRequest, ProbeResult } from './probe-request.ts'

const from: LabNode = { kind: 'node', name: 'a', ips: [], netns: 'n' }
const request = (port: number): ProbeRequest => ({ from, to: '10.0.0.1', protocol: 'TCP', port })
const result = (outcome: ProbeOutcome, detail = ''): ProbeResult => ({
  outcome,
  isAnswered: false,
  startedAt: 0,
  milliseconds: 0,
  detail,
})

test('results come in the order of the requests, whichever ends first', async () => {
  const requests = [3, 1, 2].map(request)
  const results = await probeAll(requests, { concurrency: 3 }, async ({ port = 0 }) => {
    for (let turn = 0; turn < port; turn++) await Promise.resolve()
    return result('reached', `${port}`)
  })
  expect(results.map(({ detail }) => detail)).toEqual(['3', '1', '2'])
})

test('what was not reached is tried again, as often as asked, and the last result counts', async () => {
  const tries = new Map<number, number>()
  const probe = async ({ port = 0 }: ProbeRequest) => {
    tries.set(port, (tries.get(port) ?? 0) + 1)
    return result((tries.get(port) ?? 0) >= port ? 'reached' : 'blocked')
  }
  const results = await probeAll([1, 2, 3, 4].map(request), { retries: 2 }, probe)
  expect(results.map(({ outcome }) => outcome)).toEqual(['reached', 'reached', 'reached', 'blocked'])
  expect([...tries.values()]).toEqual([1, 2, 3, 3])
})

test('a timeout for all holds for requests that have none of their own', async () => {
  const seen: (number | undefined)[] = []
  const probe = async ({ timeoutMs }: ProbeRequest) => {
    seen.push(timeoutMs)
    return result('reached')
  }
  await probeAll([request(1), { ...request(2), timeoutMs: 7 }], { timeoutMs: 100, concurrency: 1 }, probe)
  expect(seen).toEqual([100, 7])
})
