import { expect, test } from 'vitest'
import { callMetrics, durations, interleave } from './measure.ts'

test('subjects take turns, in both orders, and the first round does not count', async () => {
  const order: string[] = []
  const subject = (name: string) => () => order.push(name)
  const samples = await interleave({ a: subject('a'), b: subject('b') }, 2)
  expect(order.join('')).toBe('abbaab')
  expect(samples).toEqual({ a: [4, 5], b: [3, 6] })
})

test('calls a second and nanoseconds a call are the same figure', () => {
  const { calls_per_s, ns_per_call } = callMetrics(() => 10, { warmUpMs: 0, rounds: 3, roundMs: 1 })
  expect(calls_per_s * ns_per_call).toBeCloseTo(1e9, 0)
  expect(ns_per_call).toBeGreaterThan(0)
})

test('runs that warm up give no durations', async () => {
  let runs = 0
  expect(await durations(() => runs++, 3, 2)).toHaveLength(3)
  expect(runs).toBe(5)
})
