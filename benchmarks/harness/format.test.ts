import { expect, test } from 'vitest'
import { bench, type Result } from './bench.ts'
import { formatJson, formatTable } from './format.ts'

const results: Result[] = [
  {
    bench: bench('policy/evaluate', 1000, 'policies'),
    metrics: { calls_per_s: 1234567.8, ns_per_call: 810.00737 },
  },
  {
    bench: bench('storage/put', 1, 'KiB'),
    metrics: { puts_per_s: 800.126, p99_ms: 0.01234, baseline_puts_per_s: 1000, ratio: 0.8 },
  },
  { bench: bench('policy/build-state', '250x100', 'pods x policies'), metrics: { ms: 12 } },
]

test('a result is one line of JSON, with its name first and no more digits than mean something', () => {
  expect(results.map(formatJson)).toEqual([
    '{"bench":"policy/evaluate@1000","calls_per_s":1234568,"ns_per_call":810}',
    '{"bench":"storage/put@1","puts_per_s":800.1,"p99_ms":0.01234,"baseline_puts_per_s":1000,"ratio":0.8}',
    '{"bench":"policy/build-state@250x100","ms":12}',
  ])
})

test('the table names units, and shows baselines beside the ratio', () => {
  expect(formatTable(results)).toBe(
    `\
BENCHMARK           SIZE                     FIGURES                         TO BASELINE
policy/evaluate     1,000 policies           1,234,568 calls/s  810 ns/call   
storage/put         1 KiB                    800.1 puts/s  p99 0.0123 ms     0.80 × 1,000 puts/s
policy/build-state  250x100 pods x policies  12 ms
`.replaceAll(/ +\n/g, '\n'),
  )
})
