/**
 * The results that are kept beside the sources: as one JSON object a line, the first about what they were measured on,
 * and as the table of the README.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { join } from 'node:path'
import type { Result } from './bench.ts'
import { formatJson, formatTable } from './format.ts'

const directory = join(import.meta.dirname, '..')

export function saveResults(results: readonly Result[]): void {
  const lines = [JSON.stringify(machine()), ...results.map(formatJson)]
  writeFileSync(join(directory, 'results.json'), `${lines.join('\n')}\n`)
  const readme = join(directory, 'README.md')
  const { cpus, kernel, node } = machine()
  const table = `${cpus} CPUs, Linux ${kernel}, Node ${node}\n\n${formatTable(results)}`
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table))
}

/** Enough to tell which runs can be compared, and no more. */
function machine(): { cpus: number; kernel: string; node: string } {
  const kernel = /^\d+(\.\d+)*/.exec(release())?.[0] ?? 'unknown'
  return { cpus: availableParallelism(), kernel, node: process.versions.node }
}

const [begin, end] = ['<!-- results -->\n', '<!-- /results -->']

/** The page with another table between its marks. @throws Error when it has no marks */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from)
  if (from === -1 || to === -1) throw new Error('README.md has no marks for the table of results')
  return `${page.slice(0, from)}${begin}\n\`\`\`text\n${table}\`\`\`\n\n${page.slice(to)}`
}
