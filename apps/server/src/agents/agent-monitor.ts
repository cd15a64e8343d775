/**
 * Notices agents that have gone silent, since those can't say so themselves: the condition of their node becomes Unknown.
 *
 * An agent counts as gone when nothing was written to its lease for the lease's duration. That is counted in looks of this
 * process, and not by the clocks of nodes, nor by ours: a clock that is set, or a server that was away, makes nobody gone.
 * Several servers on one store do this side by side, and the first to notice writes.
 *
 * Source  Kubernetes' node lifecycle controller, by its documented behaviour.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  agentLeaseNamespace,
  agentLeaseSeconds,
  findKind,
  type KindDefinition,
  type Node,
  type NodeCondition,
  policyCondition,
  policyEnforcedCondition,
} from '@margay/resources'
import {
  ConflictError,
  NotFoundError,
  type Store,
  StoreClosedError,
  type StoredObject,
} from '@margay/storage'
import type { Environment } from '../environment.ts'
import { keyOf, prefixOf } from '../rest/keys.ts'
import { timestamp } from '../rest/prepare.ts'

const intervalMs = 20_000
const silentLooks = Math.ceil((agentLeaseSeconds * 1000) / intervalMs)
const pageSize = 500

interface Sighting {
  /** Of the lease's last write; undefined without a lease. */
  readonly revision: bigint | undefined
  /** How many looks in a row have found that same write. */
  readonly looks: number
}

export class AgentMonitor {
  readonly #environment: Environment
  /** By the name of the node, of those whose agent was heard of. */
  #sightings: ReadonlyMap<string, Sighting> = new Map()
  #cancel: () => void = () => undefined
  #looking: Promise<void> | undefined
  #isStopped = false

  constructor(environment: Environment) {
    this.#environment = environment
  }

  start(): void {
    this.#cancel = this.#environment.clock.after(intervalMs, () => {
      this.#looking = this.#lookAndGoOn()
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#looking
  }

  async #lookAndGoOn(): Promise<void> {
    try {
      await this.look()
    } catch (error) {
      if (error instanceof StoreClosedError) return
      this.#environment.log.error('whether agents are alive could not be looked up', error)
    }
    if (!this.#isStopped) this.start()
  }

  /** Once. */
  async look(): Promise<void> {
    const { store } = this.#environment
    const revisions = await leaseRevisions(store)
    const sightings = new Map<string, Sighting>()
    for await (const { value } of all(store, prefixOf(nodeKind()))) {
      const { name } = value.metadata
      const status = policyCondition(value as Node)?.status
      if (status === undefined || status === 'Unknown') continue
      const sighting = again(this.#sightings.get(name), revisions.get(name))
      sightings.set(name, sighting)
      if (sighting.looks > silentLooks) await this.#markSilent(name, sighting.revision)
    }
    this.#sightings = sightings
  }

  /** Unless it was heard of in the meantime. */
  async #markSilent(name: string, revision: bigint | undefined): Promise<void> {
    await nextTurn()
    const { store, writes, clock } = this.#environment
    await writes.run(async () => {
      const lease = await store.get(keyOf(leaseKind(), agentLeaseNamespace, name))
      const node = await store.get(keyOf(nodeKind(), undefined, name))
      if (node === undefined || lease?.revision !== revision) return
      try {
        await store.update(node.key, withSilence(node, clock.now()), node.revision)
      } catch (error) {
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error
      }
    })
  }
}

function again(before: Sighting | undefined, revision: bigint | undefined): Sighting {
  const isSame = before !== undefined && before.revision === revision
  return { revision, looks: isSame ? before.looks + 1 : 1 }
}

async function leaseRevisions(store: Store): Promise<Map<string, bigint>> {
  const revisions = new Map<string, bigint>()
  for await (const { value, revision } of all(store, prefixOf(leaseKind(), agentLeaseNamespace)))
    revisions.set(value.metadata.name, revision)
  return revisions
}

/** Page by page. A driver may answer at once, so requests are given a turn after each: 5,000 nodes take 0.1 s in all. */
async function* all(store: Store, prefix: string): AsyncGenerator<StoredObject> {
  let startAfter: string | undefined
  for (;;) {
    const from = startAfter === undefined ? {} : { startAfter }
    const { objects, hasMore } = await store.list(prefix, { limit: pageSize, ...from })
    yield* objects
    startAfter = objects.at(-1)?.key
    await nextTurn()
    if (!hasMore || startAfter === undefined) return
  }
}

function withSilence({ value }: StoredObject, now: Date): StoredObject['value'] {
  const node = value as Node
  const time = timestamp(now)
  const silent: NodeCondition = {
    type: policyEnforcedCondition,
    status: 'Unknown',
    reason: 'AgentSilent',
    message: `nothing was heard of the agent for ${agentLeaseSeconds} s; the kernel keeps the rules that it last had`,
    lastHeartbeatTime: policyCondition(node)?.lastHeartbeatTime ?? time,
    lastTransitionTime: time,
  }
  const conditions = (node.status?.conditions ?? []).map((it) =>
    it.type === policyEnforcedCondition ? silent : it,
  )
  return { ...value, status: { ...node.status, conditions } }
}

function nodeKind(): KindDefinition {
  return known('v1', 'Node')
}

function leaseKind(): KindDefinition {
  return known('coordination.k8s.io/v1', 'Lease')
}

function known(apiVersion: string, name: string): KindDefinition {
  const kind = findKind(apiVersion, name)
  if (kind === undefined) throw new Error(`the resources room does not know ${name}`)
  return kind
}
