/** Why a connection did not end as a test expects, line by line. */
import { formatHit, formatRequest, formatTrace, protocolName } from '@margay/policy'
import type { Query } from '../query/read-queries.ts'
import { decidingHits } from './deciders.ts'
import type { Judged } from './run-suites.ts'
import type { PolicyTest } from './suite.ts'

/** `shop/web → shop/db TCP 5432`, `shop/web → shop/api TCP 80 GET /admin`. */
export function formatConnection({ from, to, protocol, port, http }: Query): string {
  const request = http === undefined ? [] : [formatRequest(http)]
  return [from, '→', to, protocolName(protocol), ...(port === undefined ? [] : [port]), ...request].join(' ')
}

/** One line: what was expected, and what it is. */
export function formatDifference({ expect, by }: PolicyTest, { query, decision }: Judged): string {
  const connection = formatConnection(query)
  if (decision.verdict !== expect) return `${connection}: expected ${expect}, got ${decision.verdict}`
  const deciders = decidingHits(decision).map(formatHit).join(' and ')
  return `${connection}: expected to be decided by ${by}, but was by ${deciders === '' ? 'no policy' : deciders}`
}

/** Every stage that took part; a pod that talks to itself is asked by none. */
export function formatStages({ decision }: Judged): string[] {
  const trace = formatTrace(decision)
  return trace.length === 0 ? ['no policy is asked'] : trace
}
