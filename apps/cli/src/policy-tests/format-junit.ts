/** JUnit XML, as CI systems read it: a suite for each file, a case for each test. Source: the schema of Jenkins' xUnit plugin. */
import { escapeXml, xmlAttributes } from '../output/xml.ts'
import { formatDifference, formatStages } from './explain-failure.ts'
import type { Judged, TestResult } from './run-suites.ts'
import type { PolicyTest } from './suite.ts'

export function formatJunit(results: readonly TestResult[]): string {
  const suites = [...Map.groupBy(results, ({ test }) => test.file)].flatMap(([file, its]) => [
    `  <testsuite${xmlAttributes({ name: file, ...countsOf(its) })}>`,
    ...its.flatMap(formatCase),
    '  </testsuite>',
  ])
  const root = xmlAttributes({ name: 'margay test', ...countsOf(results) })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${root}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

function countsOf(results: readonly TestResult[]): Record<string, number> {
  const failures = results.filter(({ holds }) => !holds).length
  return { tests: results.length, failures, errors: 0, skipped: 0 }
}

function formatCase({ test, connections, holds }: TestResult): string[] {
  const { name, file, line } = test
  const head = `    <testcase${xmlAttributes({ name, classname: file, file, line })}`
  if (holds) return [`${head}/>`]
  return [
    `${head}>`,
    formatFailure(
      test,
      connections.filter((it) => !it.holds),
    ),
    '    </testcase>',
  ]
}

/** One for all connections of the test: some readers keep only the first. */
function formatFailure(test: PolicyTest, wrong: readonly Judged[]): string {
  const [first = ''] = wrong.map((it) => formatDifference(test, it))
  const message = wrong.length > 1 ? `${first} (and ${wrong.length - 1} more)` : first
  const body = wrong.flatMap((it) => [
    formatDifference(test, it),
    ...formatStages(it).map((line) => `  ${line}`),
  ])
  const lines = [`${test.file}:${test.line}`, ...body].map(escapeXml).join('\n')
  return `      <failure${xmlAttributes({ message, type: 'Verdict' })}>${lines}</failure>`
}
