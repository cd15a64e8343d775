/** Runs the benchmarks as a user would, for tests of what they print. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export function spawnBench(...args: readonly string[]) {
  const main = join(import.meta.dirname, '../main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** What `--json` printed: the names, in order. @throws Error for a line that is not a benchmark with its figures */
export function namesIn(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { bench, ...metrics } = JSON.parse(line) as Record<string, unknown>
      const figures = Object.values(metrics)
      if (
        typeof bench !== 'string' ||
        !/^[a-z]+\/[a-z0-9-]+(?:@[a-z0-9]+)?$/.test(bench) ||
        figures.length === 0
      )
        throw new Error(`not a benchmark: ${line}`)
      if (!figures.every((figure) => typeof figure === 'number' && Number.isFinite(figure)))
        throw new Error(`not a figure: ${line}`)
      return bench
    })
}
