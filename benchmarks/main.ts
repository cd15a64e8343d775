/** `npm run bench`: builds the real world and hands it in. */
import { groups } from './groups.ts'
import { onInterrupt } from './harness/interrupt.ts'
import { saveResults } from './harness/results-file.ts'
import { run } from './harness/run.ts'

process.exitCode = await run(process.argv.slice(2), groups, {
  isRoot: process.getuid?.() === 0,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  onInterrupt,
  save: saveResults,
})
