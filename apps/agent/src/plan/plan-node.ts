/** What an agent would change on this node if it began now: everything is read once, and nothing is written. */
import { type ApiClient, ApiError, objectKey } from '@margay/client'
import { ClusterView, canDoWithout, policyKinds } from '@margay/cluster-view'
import { changesBetween } from '@margay/dataplane'
import type { Change } from '@margay/netlink/nftables'
import type { NamedAddress } from '@margay/policy'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { HostPlumber } from '../host/host-plumber.ts'
import { ourTables } from '../kernel/enforcer.ts'
import type { RulesetDriver } from '../kernel/ruleset-driver.ts'
import { NodePolicy, type NodePolicyOptions } from '../node-policy.ts'
import type { Counted } from './describe-tunnel.ts'
import { type PlannedKernel, planEncryption } from './plan-encryption.ts'
import { planNames } from './plan-names.ts'

export interface PlanOptions extends NodePolicyOptions {
  readonly client: Pick<ApiClient, 'list'>
  readonly driver: Pick<RulesetDriver, 'read'>
  readonly host: Pick<HostPlumber, 'plan'>
  readonly tunnels: PlannedKernel
  /** See `EncryptionOptions`. */
  readonly apiPorts: readonly number[]
  /** What an earlier run learnt of names. */
  readonly named: readonly NamedAddress[]
}

export interface NodePlan {
  /** In the order in which they would be sent. */
  readonly nftables: readonly Change[]
  /** A line for each change of settings, routes, neighbours and limits. */
  readonly node: readonly string[]
  /** Of encryption between nodes. */
  readonly tunnels: readonly Counted[]
  /** A line for each object that is not understood. */
  readonly problems: readonly string[]
}

/** @throws ApiError, ConnectionError and what the kernel throws: half of a view is no plan */
export async function planNode(options: PlanOptions): Promise<NodePlan> {
  const view = new ClusterView(() => undefined)
  const refused: string[] = []
  const listed = await listAll(options.client, (line) => refused.push(line))
  for (const [kind, objects] of listed)
    for (const object of objects) view.take(kind, { type: 'added', key: objectKey(object), object })
  const policy = new NodePolicy(options)
  policy.learn(options.named)
  const state = policy.take(view.takeChanges())
  const { batches, removals } = changesBetween(options.driver.read(ourTables), policy.ruleset())
  const { changes, problems } = options.host.plan(state.workloads)
  const told = { nodeName: options.nodeName, nodes: named(listed, 'Node'), pools: named(listed, 'IPPool') }
  const { driver, apiPorts, tunnels: kernel } = options
  const encryption = await planEncryption({ told, workloads: state.encrypted, kernel, driver, apiPorts })
  const slices = listed.filter(([{ kind }]) => kind === 'EndpointSlice').flatMap(([, all]) => all)
  const { settings } = state.encrypted
  const names = planNames({ settings, isAsked: policy.asked.text !== '', slices, driver })
  return {
    nftables: [...batches.flat(), ...removals, ...encryption.nftables, ...names],
    node: changes,
    tunnels: encryption.changes.filter(({ names }) => names.length > 0),
    problems: [...refused, ...view.problems, ...state.problems, ...problems, ...encryption.problems],
  }
}

function named(listed: readonly Listed[], kindName: string): Map<string, ResourceObject> {
  const objects = listed.filter(([{ kind }]) => kind === kindName).flatMap(([, all]) => all)
  return new Map(objects.map((object) => [object.metadata.name, object]))
}

type Listed = readonly [KindDefinition, readonly ResourceObject[]]

/** As an agent does, it goes on without what there may be none of, where the server refuses that. */
function listAll(client: PlanOptions['client'], report: (line: string) => void): Promise<Listed[]> {
  return Promise.all(
    policyKinds.map(async (kind): Promise<Listed> => {
      try {
        return [kind, (await client.list(kind)).items]
      } catch (error) {
        if (!(error instanceof ApiError) || !canDoWithout(kind, error)) throw error
        report(`${kind.plural}: ${error.message}`)
        return [kind, []]
      }
    }),
  )
}
