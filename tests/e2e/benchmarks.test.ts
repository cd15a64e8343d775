/** Every benchmark runs, and prints what it says it prints; how fast things are is not for tests. Needs root. */
import { expect, test } from 'vitest'
import { namesIn, spawnBench } from '../../benchmarks/harness/spawn-bench.testkit.ts'

/** Servers and labs of eight groups, one after the other. */
const timeout = 400_000

test('a quick run of all groups gives a line of JSON for each benchmark', { timeout }, () => {
  const { status, stdout, stderr } = spawnBench('--quick', '--json')
  expect(stderr).not.toContain('error')
  expect(namesIn(stdout)).toEqual(spawnBench('--quick', '--list').stdout.trimEnd().split('\n'))
  expect(status).toBe(0)
})
