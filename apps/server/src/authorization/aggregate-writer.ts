/**
 * Writes into each aggregated role the rules that it has, for whoever reads it. Decisions do not wait for that: they go by
 * the roles that are aggregated.
 *
 * Source  Kubernetes' clusterroleaggregation controller.
 */
import { isDeepStrictEqual } from 'node:util'
import { type ClusterRole, findKind, type ResourceObject } from '@margay/resources'
import { ConflictError, NotFoundError, StoreClosedError } from '@margay/storage'
import type { Environment } from '../environment.ts'
import { keyOf } from '../rest/keys.ts'
import type { LiveRights } from './live-rights.ts'

export class AggregateWriter {
  readonly #rights: LiveRights
  readonly #environment: Environment
  #isDirty = false
  #running: Promise<void> | undefined
  #unsubscribe: () => void = () => undefined

  constructor(rights: LiveRights, environment: Environment) {
    this.#rights = rights
    this.#environment = environment
  }

  /** Resolves when the roles that are there are written. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#rights.onChange(() => this.#wake())
    this.#wake()
    await this.#running
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#running
  }

  #wake(): void {
    this.#isDirty = true
    this.#running ??= this.#run().finally(() => this.#ended())
  }

  /** Always after `#running` was set, also when there was nothing to do. */
  #ended(): void {
    this.#running = undefined
    if (this.#isDirty) this.#wake()
  }

  async #run(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false
        for (const role of this.#rights.index.incompleteAggregates()) await this.#write(role)
      }
    } catch (error) {
      if (error instanceof StoreClosedError) return
      this.#environment.log.error('the rules of aggregated roles could not be written', error)
    }
  }

  /** If it was changed meanwhile, the change itself brings it here again. */
  async #write({ apiVersion, kind, metadata, rules }: ClusterRole): Promise<void> {
    const definition = findKind(apiVersion, kind)
    if (definition === undefined) throw new Error(`the resources room does not know ${kind}`)
    const { store, writes } = this.#environment
    await writes.run(async () => {
      const stored = await store.get(keyOf(definition, undefined, metadata.name))
      if (stored === undefined || stored.value.aggregationRule === undefined) return
      // What was written a moment ago may not have come back to us yet.
      if (isDeepStrictEqual(stored.value.rules, rules)) return
      const updated: ResourceObject = { ...stored.value, rules }
      try {
        await store.update(stored.key, updated, stored.revision)
      } catch (error) {
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error
      }
    })
  }
}
