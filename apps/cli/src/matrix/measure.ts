/** What the kernel does with connections: each is tried for real, from one pod's namespace to the other's. */

import type { LabView, ProbeRequest } from '@margay/lab'
import { formatIp } from '@margay/netset'
import { buildPolicyState, type Decision, evaluate, protocols } from '@margay/policy'
import type { Resource } from '@margay/resources'
import { type Connection, connectionsOf, flowOf } from './connections.ts'

/** A connection, what policy says of it, and what the kernel did; `reached` is undefined where nothing was measured. */
export interface Finding {
  readonly connection: Connection
  readonly decision: Decision
  readonly reached: boolean | undefined
}

/** What policy says of each connection between the pods of these resources, without any packet. */
export function judge(resources: readonly Resource[]): Finding[] {
  const { state } = buildPolicyState(resources)
  return connectionsOf(resources, state).map((connection) => ({
    connection,
    decision: evaluate(state, flowOf(connection)),
    reached: undefined,
  }))
}

/** Long enough for a busy machine: a blocked connection costs as much, but all are tried at once. */
const timeoutMs = 400

/**
 * Tries each connection whose destination has an address. One that policy allows and that does not get through is tried
 * again, since packets may be late.
 */
export async function measure(lab: LabView, findings: readonly Finding[]): Promise<Finding[]> {
  const first = await reachedAmong(lab, findings, timeoutMs)
  const late = findings.filter((finding) => finding.decision.verdict === 'Allow' && !first.has(finding))
  const second = await reachedAmong(lab, late, 2 * timeoutMs)
  const reached = first.union(second)
  return findings.map((finding) =>
    isTried(finding) ? { ...finding, reached: reached.has(finding) } : finding,
  )
}

function isTried({ connection }: Finding): boolean {
  return connection.destination !== undefined
}

async function reachedAmong(
  lab: LabView,
  findings: readonly Finding[],
  timeoutMs: number,
): Promise<Set<Finding>> {
  const tried = findings.filter(isTried)
  const requests = tried.flatMap(({ connection }) => requestFor(lab, connection))
  const results = requests.length === 0 ? [] : await lab.probeAll(requests, { timeoutMs })
  return new Set(tried.filter((_, i) => results[i]?.outcome === 'reached'))
}

/** One, or none where it is not known where to. */
function requestFor(lab: LabView, { from, protocol, port, destination }: Connection): ProbeRequest[] {
  if (destination === undefined) return []
  return [
    {
      from: lab.pod(from.namespace, from.name),
      to: formatIp(destination),
      protocol: protocol === protocols.tcp ? 'TCP' : 'UDP',
      port,
    },
  ]
}

/** Measured, and not what policy says: the kernel is behind, or one of them is wrong. */
export function disagreements(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ decision, reached }) => reached !== undefined && reached !== (decision.verdict === 'Allow'),
  )
}
