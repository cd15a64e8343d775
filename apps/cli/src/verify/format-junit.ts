/** JUnit XML: a case for each assertion. One that says nothing is skipped, since nothing was proved. */
import { escapeXml, xmlAttributes } from '../output/xml.ts'
import { formatVerdict, stagesOf } from './packet.ts'
import type { Verified } from './verify.ts'

export function formatJunit(results: readonly Verified[]): string {
  const count = (wanted: Verified['result']) => results.filter(({ result }) => result === wanted).length
  const counts = {
    tests: results.length,
    failures: count('broken'),
    errors: count('unknown'),
    skipped: count('vacuous'),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'margay verify', ...counts })}>`,
    `  <testsuite${xmlAttributes({ name: 'assertions', ...counts })}>`,
    ...results.map(formatCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function formatCase({ assertion: { metadata, spec }, result, why, packet }: Verified): string {
  const head = `    <testcase${xmlAttributes({ name: metadata.name, classname: `NetworkAssertion ${spec.require}` })}`
  if (result === 'vacuous')
    return `${head}><skipped${xmlAttributes({ message: 'says nothing: no two are there that it speaks of' })}/></testcase>`
  if (why !== undefined)
    return `${head}><error${xmlAttributes({ message: `it can't be told whether it holds: ${why}` })}/></testcase>`
  if (packet === undefined) return `${head}/>`
  const lines = [...(spec.description === undefined ? [] : [spec.description]), ...stagesOf(packet)]
  const failure = `<failure${xmlAttributes({ message: formatVerdict(packet), type: spec.require })}>`
  return `${head}>${failure}${lines.map(escapeXml).join('\n')}</failure></testcase>`
}
