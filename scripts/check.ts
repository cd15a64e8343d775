/**
 * Every check and test, in the order in which a failure is cheapest to learn of. Prints a line for each step, the whole
 * output of a step that failed, and at the end `N passed, N failed`: tests, plus one for each step that is no test run.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

const steps: readonly Step[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types without Node', command: ['tsc', '-p', 'tsconfig.portable.json'] },
  { name: 'lint and format', command: ['biome', 'ci', '.'] },
  { name: 'imports', command: ['node', 'scripts/check-imports.ts'] },
  vitest('unit', ['unit', 'unit-alone']),
  vitest('conformance'),
  vitest('kernel'),
  vitest('e2e', ['e2e-servers', 'e2e']),
]

const reports = mkdtempSync(join(tmpdir(), 'margay-check-'))
try {
  const counts = steps.map(runStep)
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

function vitest(name: string, projects: readonly string[] = [name]): Step {
  return {
    name: `${name} tests`,
    command: ['vitest', 'run', '--passWithNoTests', ...projects.map((project) => `--project=${project}`)],
    report: `${name}.json`,
  }
}

function runStep(step: Step): Count {
  const report = join(reports, step.report ?? '')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const [command = '', ...args] = step.report === undefined ? step.command : [...step.command, ...reporters]
  const startedAt = performance.now()
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const count = step.report === undefined ? asOne(result.status) : readReport(report, result.status)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${count.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name}: ${count.passed} passed, ${count.failed} failed (${seconds} s)`,
  )
  if (count.failed > 0) console.log(`${result.stdout}${result.stderr}${result.error?.message ?? ''}`)
  return count
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
