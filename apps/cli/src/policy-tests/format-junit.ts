/** JUnit XML, as CI systems read it: a suite for each file, a case for each test. Source: the schema of Jenkins' xUnit plugin. */
import { formatDifference, formatStages } from './explain-failure.ts'
import type { Judged, TestResult } from './run-suites.ts'
import type { PolicyTest } from './suite.ts'

export function formatJunit(results: readonly TestResult[]): string {
  const suites = [...Map.groupBy(results, ({ test }) => test.file)].flatMap(([file, its]) => [
    `  <testsuite${attributes({ name: file, ...countsOf(its) })}>`,
    ...its.flatMap(formatCase),
    '  </testsuite>',
  ])
  const root = attributes({ name: 'margay test', ...countsOf(results) })
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
  const head = `    <testcase${attributes({ name, classname: file, file, line })}`
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
  return `      <failure${attributes({ message, type: 'Verdict' })}>${lines}</failure>`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What XML 1.0 can't hold at all becomes U+FFFD (section 2.2); line ends in attributes are kept as references. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (unit) => entities[unit] ?? unit)
    .replace(/[\t\n\r]/g, (unit) => `&#${unit.charCodeAt(0)};`)
}
