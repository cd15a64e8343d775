/** What the program prints; how fast things are is not for tests. The groups that need root are in tests/e2e. */
import { expect, test } from 'vitest'
import { namesIn, spawnBench } from './harness/spawn-bench.testkit.ts'

const timeout = 60_000

test('a quick run gives a line of JSON for each benchmark that the list names', { timeout }, () => {
  const { status, stdout } = spawnBench('policy', 'storage', '--quick', '--json')
  const listed = spawnBench('policy', 'storage', '--quick', '--list')
  expect(namesIn(stdout)).toEqual(listed.stdout.trimEnd().split('\n'))
  expect(status).toBe(0)
})

test('an unknown group is refused in one line that names the groups', { timeout }, () => {
  const { status, stdout, stderr } = spawnBench('network')
  expect(stderr).toBe(
    'error: there is no group "network"; groups are policy, matrix, enforce, dataplane, api, storage, wireguard, dns, authz\n',
  )
  expect(stdout).toBe('')
  expect(status).toBe(2)
})

test('the help names the exit codes', { timeout }, () => {
  const { status, stdout } = spawnBench('--help')
  expect(stdout).toContain('Exit codes: 0 all measured;')
  expect(status).toBe(0)
})
