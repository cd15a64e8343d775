/** Findings for people, for scripts, and for code hosts. */
import { formatOrigin } from '../explain/origins.ts'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import { visible } from '../output/table.ts'
import { checks } from './checks.ts'
import type { LocatedFinding } from './findings.ts'
import { sarifLog } from './format-sarif.ts'
import { sentenceOf } from './sentence.ts'

export type FindingFormat = 'text' | 'json' | 'yaml' | 'sarif'

export async function formatFindings(
  findings: readonly LocatedFinding[],
  format: FindingFormat,
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): Promise<string> {
  if (format === 'sarif') return formatData(sarifLog(findings), 'json')
  if (isDataFormat(format)) return formatData({ findings: findings.map(toPlain) }, format)
  if (findings.length === 0) return 'nothing is said in vain\n'
  const { mixed, faint } = styleFor(stdout, env)
  return findings
    .map(({ finding, subject, origin }) => {
      const place = formatOrigin(origin)
      const head = place === '' ? '' : `${visible(place)}: `
      const level = checks[finding.check].level
      const paint = level === 'warning' ? mixed : faint
      return `${head}${paint(level)}: ${visible(`${subject} ${sentenceOf(finding)}`)} ${faint(`[${finding.check}]`)}\n`
    })
    .join('')
}

function toPlain({ finding, subject, origin }: LocatedFinding): object {
  return { ...finding, level: checks[finding.check].level, subject, ...origin }
}
