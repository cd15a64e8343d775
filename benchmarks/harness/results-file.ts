/** The results that are kept beside the sources: one JSON object a line, the first about what they were measured on. */
import { writeFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { join } from 'node:path'
import type { Result } from './bench.ts'
import { formatJson } from './format.ts'

export function saveResults(results: readonly Result[]): void {
  const path = join(import.meta.dirname, '..', 'results.json')
  writeFileSync(path, `${[JSON.stringify(machine()), ...results.map(formatJson)].join('\n')}\n`)
}

/** Enough to tell which runs can be compared, and no more. */
function machine(): { cpus: number; kernel: string; node: string } {
  const kernel = /^\d+(\.\d+)*/.exec(release())?.[0] ?? 'unknown'
  return { cpus: availableParallelism(), kernel, node: process.versions.node }
}
