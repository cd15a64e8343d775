/** What the kernel does with connections: each is tried for real, from one pod's namespace to the other's. */

import type { LabView, ProbeRequest } from '@margay/lab'
import { formatIp } from '@margay/netset'
import { type Decision, evaluate, type PolicyState, protocols } from '@margay/policy'
import { type Connection, flowOf } from './connections.ts'

/** A connection, what policy says of it, and what the kernel did; `reached` is undefined where nothing was measured. */
export interface Finding {
  readonly connection: Connection
  readonly decision: Decision
  readonly reached: boolean | undefined
}

/** What policy says, without any packet. */
export function judge(state: PolicyState, connections: readonly Connection[]): Finding[] {
  return connections.map((connection) => ({
    connection,
    decision: evaluate(state, flowOf(connection)),
    reached: undefined,
  }))
}

/** Long enough for a busy machine: a blocked connection costs as much, but all are tried at once. */
const timeoutMs = 400

/** Tries each connection. One that policy allows and that does not get through is tried again, since packets may be late. */
export async function measure(lab: LabView, findings: readonly Finding[]): Promise<Finding[]> {
  const results = await lab.probeAll(
    findings.map(({ connection }) => requestFor(lab, connection)),
    { timeoutMs },
  )
  const measured = findings.map((finding, i) => ({ ...finding, reached: results[i]?.outcome === 'reached' }))
  const late = measured.filter((finding) => finding.decision.verdict === 'Allow' && !finding.reached)
  if (late.length === 0) return measured
  const again = await lab.probeAll(
    late.map(({ connection }) => requestFor(lab, connection)),
    { timeoutMs: 2 * timeoutMs },
  )
  const reached = new Set(late.filter((_, i) => again[i]?.outcome === 'reached'))
  return measured.map((finding) => (reached.has(finding) ? { ...finding, reached: true } : finding))
}

function requestFor(lab: LabView, { from, protocol, port, destination }: Connection): ProbeRequest {
  return {
    from: lab.pod(from.namespace, from.name),
    to: formatIp(destination),
    protocol: protocol === protocols.tcp ? 'TCP' : 'UDP',
    port,
  }
}

/** Measured, and not what policy says: the kernel is behind, or one of them is wrong. */
export function disagreements(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ decision, reached }) => reached !== undefined && reached !== (decision.verdict === 'Allow'),
  )
}
