/** Many probes, some hundreds at a time. */
import { forEachLimited } from '../namespaces/limit.ts'
import type { ProbeRequest, ProbeResult } from './probe-request.ts'

export interface ProbeAllOptions {
  /** How many are on their way at once. Default 500. */
  readonly concurrency?: number
  /** For requests that have none of their own. */
  readonly timeoutMs?: number
  /** How often to try again what was not reached; the last result counts. Default 0. */
  readonly retries?: number
}

const defaultConcurrency = 500

/** Results in the order of the requests. */
export async function probeAll(
  requests: readonly ProbeRequest[],
  options: ProbeAllOptions,
  probe: (request: ProbeRequest) => Promise<ProbeResult>,
): Promise<ProbeResult[]> {
  const { concurrency = defaultConcurrency, retries = 0, timeoutMs } = options
  const results: ProbeResult[] = new Array(requests.length)
  let pending = requests.map((request, index) => ({ request: withTimeout(request, timeoutMs), index }))
  for (let round = 0; round <= retries && pending.length > 0; round++) {
    await forEachLimited(pending, Math.max(1, concurrency), async ({ request, index }) => {
      results[index] = await probe(request)
    })
    pending = pending.filter(({ index }) => results[index]?.outcome !== 'reached')
  }
  return results
}

function withTimeout(request: ProbeRequest, timeoutMs: number | undefined): ProbeRequest {
  return request.timeoutMs !== undefined || timeoutMs === undefined ? request : { ...request, timeoutMs }
}
