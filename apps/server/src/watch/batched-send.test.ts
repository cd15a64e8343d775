import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import { BatchedSend, SlowClientError } from './batched-send.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what comes in one turn leaves as one piece, in order', async () => {
  const sent: string[] = []
  const batched = new BatchedSend(async (text) => void sent.push(text), new TestClock(), 1000)
  await batched.push('a')
  await batched.push('b')
  await batched.drained()
  await batched.push('c')
  await batched.drained()
  expect(sent).toEqual(['ab', 'c'])
})

test('while the client is busy, pieces gather, and whoever sends too much waits', async () => {
  const sent: string[] = []
  const takes: (() => void)[] = []
  const send = (text: string) => {
    sent.push(text)
    return new Promise<void>((resolve) => takes.push(resolve))
  }
  const batched = new BatchedSend(send, new TestClock(), 1000)
  await batched.push('a')
  await turn()
  await batched.push('b')
  await batched.push('c')
  let hasWaited = true
  const large = batched.push('x'.repeat(300_000)).then(() => (hasWaited = false))
  await turn()
  expect(hasWaited).toBe(true)
  takes.shift()?.()
  await turn()
  takes.shift()?.()
  await large
  expect(sent.map((text) => text.length)).toEqual([1, 300_002])
})

test('a client that takes nothing is given up', async () => {
  const clock = new TestClock()
  const batched = new BatchedSend(() => new Promise(() => undefined), clock, 1000)
  await batched.push('a')
  await turn()
  clock.advance(1001)
  await expect(batched.drained()).rejects.toThrow(SlowClientError)
  await expect(batched.push('b')).rejects.toThrow('a watcher took nothing for 1 s')
})
