/**
 * Every check and test: first what is cheapest to learn of, then lanes of tests side by side, at last what needs quiet. Prints a line
 * for each step when it ends, the whole output of a step that failed, and at the end `N passed, N failed`: tests, plus one for each
 * step that is no test run.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

interface Step {
  readonly name: string
  readonly command: readonly string[]
  /** Set for Vitest projects: their tests are counted one by one. */
  readonly report?: string
}

interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** One after the other: each uses all cores by itself. The last one builds what tests of the command run. */
const checks: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types without Node', command: ['tsc', '-p', 'tsconfig.portable.json'] },
  { name: 'lint and format', command: ['biome', 'ci', '.'] },
  { name: 'imports', command: ['node', 'scripts/check-imports.ts'] },
  { name: 'bundle', command: ['node', 'scripts/bundle.ts'] },
]

/**
 * One after the other; the lanes of each side by side. None of them needs all cores by itself: tests on the real kernel and of the whole
 * mostly wait for packets, timers and other processes.
 */
const stages: readonly (readonly (readonly Step[])[])[] = [
  // What the first lane waits for has to come in time: unit tests leave it a core, and step back for it on the other.
  [
    [vitest('kernel'), vitest('e2e'), vitest('e2e-unhurried')],
    [
      inBackground(
        vitest('unit', ['unit', 'unit-alone'], `--maxWorkers=${Math.max(1, availableParallelism() - 1)}`),
      ),
      inBackground(vitest('conformance')),
    ],
  ],
  // Two files at a time by themselves.
  [[vitest('e2e-together')]],
  // Measures how long clients wait.
  [[vitest('e2e-quiet')]],
]

const reports = mkdtempSync(join(tmpdir(), 'margay-check-'))
try {
  const counts = await runLane(checks)
  for (const lanes of stages) counts.push(...(await Promise.all(lanes.map(runLane))).flat())
  const total = counts.reduce((sum, count) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
    skipped: sum.skipped + count.skipped,
  }))
  const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  process.exitCode = total.failed === 0 ? 0 : 1
} finally {
  rmSync(reports, { recursive: true, force: true })
}

function vitest(name: string, projects: readonly string[] = [name], ...options: readonly string[]): Step {
  return {
    name: `${name} tests`,
    command: [
      'vitest',
      'run',
      '--passWithNoTests',
      ...options,
      ...projects.map((project) => `--project=${project}`),
    ],
    report: `${name}.json`,
  }
}

/** Whatever else wants a core gets it first. */
function inBackground(step: Step): Step {
  return { ...step, command: ['nice', '-n', '5', ...step.command] }
}

async function runLane(steps: readonly Step[]): Promise<Count[]> {
  const counts: Count[] = []
  for (const step of steps) counts.push(await runStep(step))
  return counts
}

async function runStep(step: Step): Promise<Count> {
  const report = join(reports, step.report ?? '')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const startedAt = performance.now()
  const { status, output } = await run(
    step.report === undefined ? step.command : [...step.command, ...reporters],
  )
  const count = step.report === undefined ? asOne(status) : readReport(report, status)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${count.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name}: ${count.passed} passed, ${count.failed} failed (${seconds} s)`,
  )
  if (count.failed > 0) console.log(output)
  return count
}

/** The status is null when it could not be started, or was ended by a signal. */
function run([command = '', ...args]: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ status: null, output: message }))
    child.once('close', (status) => resolve({ status, output }))
  })
}

function asOne(status: number | null): Count {
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }
}

/** A run that failed outside of any test, by a crash or in a file that could not be read, counts as one failure. */
function readReport(path: string, status: number | null): Count {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>
    const failed = report.numFailedTests ?? 0
    return {
      passed: report.numPassedTests ?? 0,
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: report.numPendingTests ?? 0,
    }
  } catch {
    return asOne(status)
  }
}
