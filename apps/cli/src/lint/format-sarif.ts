/** Findings as SARIF, which code hosts show beside the lines. Source: OASIS SARIF 2.1.0. */
import { version } from '../version.ts'
import { checks } from './checks.ts'
import type { LocatedFinding } from './findings.ts'
import { sentenceOf } from './sentence.ts'

export function sarifLog(findings: readonly LocatedFinding[]): object {
  const rules = Object.entries(checks).map(([id, { level, title, why }]) => ({
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    defaultConfiguration: { level },
  }))
  const driver = { name: 'margay', version, rules }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results: findings.map(resultOf) }],
  }
}

function resultOf({ finding, subject, origin }: LocatedFinding): object {
  const logical = { logicalLocations: [{ fullyQualifiedName: subject }] }
  const physical =
    'file' in origin
      ? {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(origin.file) },
            region: { startLine: origin.line },
          },
        }
      : {}
  return {
    ruleId: finding.check,
    level: checks[finding.check].level,
    message: { text: `${subject}: ${sentenceOf(finding)}` },
    locations: [{ ...physical, ...logical }],
  }
}
