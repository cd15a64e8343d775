/** The results of tests: for a person, for a script, for a pipeline. */
import type { Io } from '../io.ts'
import { type Style, styleFor } from '../output/style.ts'
import { visible } from '../output/table.ts'
import type { CoverageReport, RuleName } from './coverage.ts'
import { formatDifference, formatStages } from './explain-failure.ts'
import { formatJson } from './format-json.ts'
import { formatJunit } from './format-junit.ts'
import type { Report, TestResult } from './run-suites.ts'

export function formatReport(
  report: Report,
  { output }: { readonly output: 'text' | 'json' | 'junit' },
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): string {
  if (output === 'json') return formatJson(report)
  if (output === 'junit') return formatJunit(report.results)
  const style = styleFor(stdout, env)
  const lines = [
    ...report.results.flatMap((result) => formatResult(result, style)),
    ...(report.coverage === undefined ? [] : formatCoverage(report.coverage, style)),
    summarize(report.results, style),
  ]
  return `${lines.join('\n')}\n`
}

function formatResult({ test, connections, holds }: TestResult, { good, bad, faint }: Style): string[] {
  const mark = holds ? good('ok  ') : bad('FAIL')
  const head = `${mark} ${visible(test.name)} ${faint(`${visible(test.file)}:${test.line}`)}`
  const wrong = connections.filter((it) => !it.holds)
  return [
    head,
    ...wrong.flatMap((it) => [
      `     ${visible(formatDifference(test, it))}`,
      ...formatStages(it).map((line) => faint(`       ${visible(line)}`)),
    ]),
  ]
}

function formatCoverage({ rules, neverDecided }: CoverageReport, { mixed }: Style): string[] {
  const decided = rules - neverDecided.length
  return [
    '',
    `${decided} of ${plural(rules, 'rule')} decided a connection${neverDecided.length === 0 ? '' : '; these never did:'}`,
    ...neverDecided.map((rule) => mixed(`  ${visible(formatRule(rule))}`)),
    '',
  ]
}

function formatRule({ tier, policy, direction, rule }: RuleName): string {
  return `tier ${tier}, ${policy} ${direction.toLowerCase()} rule ${rule}`
}

function summarize(results: readonly TestResult[], { good, bad }: Style): string {
  const failed = results.filter(({ holds }) => !holds).length
  const connections = results.flatMap((result) => result.connections).length
  const tests = `${plural(results.length, 'test')}, ${plural(connections, 'connection')}`
  return `${tests}: ${failed === 0 ? good('all hold') : bad(`${failed} failed`)}`
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
