/** `margay encryption status`. */
import { agentLeaseNamespace, type ResourceObject } from '@margay/resources'
import { withConnection } from '../api/connect.ts'
import { type ExitCode, exitCodes } from '../errors.ts'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import { type ClusterStatus, clusterStatus, isEncrypted } from './cluster-status.ts'
import { formatStatus } from './format-status.ts'
import { leaseKind, nodeKind } from './kinds.ts'
import { statusData } from './status-data.ts'

export interface StatusOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly output: 'table' | 'wide' | 'json' | 'yaml'
  readonly failOnClear?: true
}

export async function showStatus(options: StatusOptions, io: Io): Promise<ExitCode> {
  const [nodes, leases] = await fetchAll(options, io)
  const status = clusterStatus(nodes, leases, io.clock.now())
  io.stdout.write(await render(status, options.output, io))
  return options.failOnClear === true && !isEncrypted(status) ? exitCodes.no : exitCodes.ok
}

function fetchAll(options: StatusOptions, io: Io): Promise<readonly [ResourceObject[], ResourceObject[]]> {
  return withConnection(options, io, async ({ client }) => {
    const nodes = await client.list(nodeKind)
    // After nodes: then few of them are so new that no report knows them.
    const leases = await client.list(leaseKind, { namespace: agentLeaseNamespace })
    return [nodes.items, leases.items] as const
  })
}

async function render(
  status: ClusterStatus,
  output: StatusOptions['output'],
  { stdout, env }: Io,
): Promise<string> {
  if (isDataFormat(output)) return formatData(statusData(status), output)
  return formatStatus(status, output === 'wide', styleFor(stdout, env))
}
