import { expect, test } from 'vitest'
import { bench, type Group, type Result, type Suite, single } from './bench.ts'
import { run } from './run.ts'

const steps: string[] = []
const one = bench('calm/one', 1, 'thing')
const calm = groupOf(
  'calm',
  single(one, ({ defer }) => {
    defer(() => void steps.push('cleaned up'))
    return { ms: 1.5 }
  }),
)
const privileged = groupOf(
  'privileged',
  single(bench('privileged/two', 2, 'things'), () => ({ ms: 2 }), true),
)
const broken = groupOf(
  'broken',
  single(bench('broken/three', 3, 'things'), ({ defer }) => {
    defer(() => void steps.push('cleaned up'))
    throw new Error('no such luck')
  }),
)

function groupOf(name: string, ...suites: Suite[]): Group {
  return { name, about: name, suites: () => suites }
}

async function runWith(args: string[], isRoot = true) {
  let stdout = ''
  let stderr = ''
  let saved: readonly Result[] | undefined
  steps.length = 0
  const exitCode = await run(args, [calm, privileged, broken], {
    isRoot,
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    onInterrupt: () => undefined,
    save: (results) => (saved = results),
  })
  return { exitCode, stdout, stderr, saved }
}

test('with --json stdout has one line for each benchmark and nothing else', async () => {
  const { exitCode, stdout } = await runWith(['calm', 'privileged', '--json'])
  expect(stdout).toBe('{"bench":"calm/one@1","ms":1.5}\n{"bench":"privileged/two@2","ms":2}\n')
  expect(exitCode).toBe(0)
})

test('without it stdout has a table', async () => {
  const { stdout } = await runWith(['calm'])
  expect(stdout).toMatch(/^BENCHMARK .*\ncalm\/one +1 thing +1\.5 ms\n$/)
})

test('what needs root is left out with one line, and the rest is measured', async () => {
  const { exitCode, stdout, stderr } = await runWith(['calm', 'privileged', '--json'], false)
  expect(stdout).toBe('{"bench":"calm/one@1","ms":1.5}\n')
  expect(stderr).toContain('error: needs root, so it was left out: privileged/two\n')
  expect(exitCode).toBe(3)
})

test('one that fails is named, cleans up, and is no reason to leave out others', async () => {
  const { exitCode, stdout, stderr, saved } = await runWith(['calm', 'broken', '--json', '--save'])
  expect(stdout).toBe('{"bench":"calm/one@1","ms":1.5}\n')
  expect(stderr).toContain('error: broken/three@3: no such luck\n')
  expect(steps).toEqual(['cleaned up', 'cleaned up'])
  expect(saved).toBeUndefined()
  expect(exitCode).toBe(1)
})

test('an unknown group is an error in one line that names the groups', async () => {
  const { exitCode, stdout, stderr } = await runWith(['storm'])
  expect(stderr).toBe('error: there is no group "storm"; groups are calm, privileged, broken\n')
  expect(stdout).toBe('')
  expect(exitCode).toBe(2)
})

test('--list names benchmarks and measures nothing', async () => {
  const { exitCode, stdout } = await runWith(['--list'])
  expect(stdout).toBe('calm/one@1\nprivileged/two@2\nbroken/three@3\n')
  expect(steps).toEqual([])
  expect(exitCode).toBe(0)
})

test('--save hands over all results', async () => {
  expect((await runWith(['calm', '--save'])).saved).toEqual([{ bench: one, metrics: { ms: 1.5 } }])
})
