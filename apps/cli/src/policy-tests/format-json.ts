import { formatTrace, protocolName } from '@margay/policy'
import { requestToPlain } from '../query/read-http.ts'
import type { Judged, Report, TestResult } from './run-suites.ts'

/** `{passed, failed, tests: [{name, file, line, passed, expect, by?, connections}], coverage?}`. */
export function formatJson({ results, coverage }: Report): string {
  const passed = results.filter(({ holds }) => holds).length
  const value = { passed, failed: results.length - passed, tests: results.map(toPlain), coverage }
  return `${JSON.stringify(value, null, 2)}\n`
}

function toPlain({ test: { name, file, line, expect, by }, connections, holds }: TestResult): object {
  return { name, file, line, passed: holds, expect, by, connections: connections.map(connectionToPlain) }
}

function connectionToPlain({ query: { from, to, protocol, port, http }, decision, holds }: Judged): object {
  const { verdict } = decision
  return {
    from,
    to,
    protocol: protocolName(protocol),
    port,
    http: http === undefined ? undefined : requestToPlain(http),
    verdict,
    passed: holds,
    trace: formatTrace(decision),
  }
}
