/** `node benchmarks/compare.ts BEFORE AFTER`: two files of results, side by side. */
import { readFileSync } from 'node:fs'
import { compareRuns } from './harness/compare.ts'

const [before, after] = process.argv.slice(2)
if (before === undefined || after === undefined) {
  console.error(
    'error: give two files, as --save or --json wrote them: node benchmarks/compare.ts BEFORE AFTER',
  )
  process.exitCode = 2
} else {
  process.stdout.write(compareRuns(readFileSync(before, 'utf8'), readFileSync(after, 'utf8')))
}
