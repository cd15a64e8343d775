import { expect, test } from 'vitest'
import { compareRuns } from './compare.ts'

test('figures that both runs have are compared; the machine and baselines are not', () => {
  const before = '{"cpus":2}\n{"bench":"a/b@1","ms":10,"baseline_ms":5}\n{"bench":"a/gone@1","ms":1}\n'
  const after = '{"cpus":2}\n{"bench":"a/b@1","ms":5,"new":1,"baseline_ms":4}\n{"bench":"a/new@1","ms":1}\n'
  expect(compareRuns(before, after)).toBe('a/b@1 ms: 10 -> 5 (0.50 ×)\n')
})
