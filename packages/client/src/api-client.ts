/**
 * Reads, writes and watches the objects of any Kubernetes-style API.
 *
 * Source  Kubernetes API concepts: resource URIs, "Retrieving large results sets in chunks", watches, patches.
 */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { isJsonObject, type JsonObject } from './apply/json.ts'
import { readLastApplied, withLastApplied } from './apply/last-applied.ts'
import { threeWayMergePatch } from './apply/three-way-merge.ts'
import type { ClientConfig } from './config/client-config.ts'
import { isAlreadyExists, isConflict, isGone, isNotFound } from './http/api-error.ts'
import { ConnectionError } from './http/connection-error.ts'
import { CutLineError, readLines } from './http/json-lines.ts'
import { resourcePath } from './http/resource-path.ts'
import { Transport } from './http/transport.ts'
import { parseWatchEvent, type WatchEvent } from './watch/watch-event.ts'

export interface ClientOptions {
  /** Milliseconds to connect, TLS included; 10,000 by default. */
  readonly connectTimeoutMs?: number
  /** Milliseconds without a byte of an answer that is due; 30,000 by default. Watches may be silent for any time. */
  readonly answerTimeoutMs?: number
  readonly userAgent?: string
  /** Takes what the server warns of, beside an answer; by default nobody hears it. */
  readonly onWarning?: (text: string) => void
}

export interface Scope {
  /** Undefined or empty: all namespaces. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ListOptions extends Scope {
  /** Objects for each request; 500 by default, 0: all in one. */
  readonly pageSize?: number
}

export interface ResourceList {
  readonly items: ResourceObject[]
  /** Where a watch may start. */
  readonly resourceVersion: string
}

export interface WatchOptions extends Scope {
  /** Events after this one. */
  readonly resourceVersion: string
  /** After this the server should end the watch; it may do so before. */
  readonly timeoutSeconds?: number
}

/** Names one object; `namespace` is ignored for kinds that have none. */
export interface ObjectRef {
  readonly name: string
  readonly namespace?: string | undefined
}

export interface WriteOptions {
  /** The server checks, and stores nothing. */
  readonly dryRun?: boolean
  /** Write the status, which a plain write leaves as it is. */
  readonly subresource?: 'status'
}

export type PatchType = 'merge' | 'json' | 'strategic'

const patchTypes: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

export interface ApplyResult {
  readonly outcome: 'created' | 'configured' | 'unchanged'
  readonly object: ResourceObject
}

const defaultPageSize = 500
/** How often a write starts over when somebody else got in between. */
const maxAttempts = 5

/** All methods throw ApiError for what the server refuses and ConnectionError when there is no answer. */
export class ApiClient {
  /** For requests that name no namespace; undefined where the configuration has none. */
  readonly namespace: string | undefined
  readonly #server: string
  readonly #transport: Transport

  constructor(config: ClientConfig, options: ClientOptions = {}) {
    const { connectTimeoutMs = 10_000, answerTimeoutMs = 30_000, userAgent = 'margay', onWarning } = options
    this.namespace = config.namespace
    this.#server = config.server
    this.#transport = new Transport(
      config,
      { connectMs: connectTimeoutMs, answerMs: answerTimeoutMs },
      userAgent,
      onWarning,
    )
  }

  /** All objects at one resourceVersion, fetched page by page. */
  async list(kind: KindDefinition, options: ListOptions = {}): Promise<ResourceList> {
    const { pageSize = defaultPageSize } = options
    try {
      return await this.#listPages(kind, options, pageSize)
    } catch (error) {
      // The snapshot that the pages are cut from can expire between two of them; one request needs no snapshot.
      if (!isGone(error) || pageSize === 0) throw error
      return this.#listPages(kind, options, 0)
    }
  }

  async get(kind: KindDefinition, { name, namespace }: ObjectRef): Promise<ResourceObject> {
    return toObject(
      kind,
      await this.#transport.json({ method: 'GET', path: resourcePath(kind, { namespace, name }) }),
    )
  }

  /** A missing name is made by the server from `generateName`. */
  async create(
    kind: KindDefinition,
    object: ResourceObject,
    options: WriteOptions = {},
  ): Promise<ResourceObject> {
    const { namespace } = object.metadata
    const path = resourcePath(kind, { namespace }, writeQuery(options))
    return toObject(kind, await this.#transport.json({ method: 'POST', path, body: object }))
  }

  /** Replaces the whole object, if its resourceVersion is still the newest one (or is left out). */
  async update(
    kind: KindDefinition,
    object: ResourceObject,
    options: WriteOptions = {},
  ): Promise<ResourceObject> {
    const { namespace, name } = object.metadata
    const path = resourcePath(
      kind,
      { namespace, name, subresource: options.subresource },
      writeQuery(options),
    )
    return toObject(kind, await this.#transport.json({ method: 'PUT', path, body: object }))
  }

  /**
   * `merge`: RFC 7386, an object; `json`: RFC 6902, a list of operations; `strategic`: an object whose lists merge by their
   * items' keys, for the kinds that are built into Kubernetes.
   */
  async patch(
    kind: KindDefinition,
    { name, namespace }: ObjectRef,
    patch: unknown,
    options: WriteOptions & { readonly type?: PatchType } = {},
  ): Promise<ResourceObject> {
    const path = resourcePath(
      kind,
      { namespace, name, subresource: options.subresource },
      writeQuery(options),
    )
    const contentType = patchTypes[options.type ?? 'merge']
    return toObject(kind, await this.#transport.json({ method: 'PATCH', path, body: patch, contentType }))
  }

  /** @throws ApiError, with `isNotFound`, if it is not there. */
  async delete(
    kind: KindDefinition,
    { name, namespace }: ObjectRef,
    options: WriteOptions = {},
  ): Promise<void> {
    const path = resourcePath(kind, { namespace, name }, writeQuery(options))
    await this.#transport.json({ method: 'DELETE', path })
  }

  /**
   * Creates the object, or changes what its author wants changed since the last time and leaves the rest alone, as
   * `kubectl apply` does for custom kinds. Starts over when somebody else writes in between.
   */
  async apply(
    kind: KindDefinition,
    object: ResourceObject,
    options: Pick<WriteOptions, 'dryRun'> = {},
  ): Promise<ApplyResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#applyOnce(kind, withLastApplied(object), options)
      } catch (error) {
        const isRace = isConflict(error) || isAlreadyExists(error)
        if (!isRace || attempt === maxAttempts) throw error
      }
    }
  }

  /**
   * Every change after `resourceVersion`, with bookmarks. Ends when the server ends it in good order; an expired
   * resourceVersion throws ApiError (`isGone`), however the server says so; a break throws ConnectionError. Aborting
   * `signal` throws its reason.
   */
  async *watch(kind: KindDefinition, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options
    const query = { labelSelector, fieldSelector, resourceVersion, timeoutSeconds }
    const path = resourcePath(kind, { namespace }, { watch: true, allowWatchBookmarks: true, ...query })
    try {
      for await (const line of readLines(this.#transport.stream({ method: 'GET', path, signal }))) {
        const event = parseWatchEvent(line)
        if (event !== undefined) yield event
      }
    } catch (error) {
      if (error instanceof CutLineError)
        throw new ConnectionError(this.#server, 'Closed', error.message, error)
      throw error
    }
  }

  /** Breaks off what is under way; the client can't be used afterwards. */
  async close(): Promise<void> {
    await this.#transport.close()
  }

  async #listPages(kind: KindDefinition, options: ListOptions, pageSize: number): Promise<ResourceList> {
    const { namespace, labelSelector, fieldSelector, signal } = options
    const items: ResourceObject[] = []
    let next: string | undefined
    for (;;) {
      const query = {
        labelSelector,
        fieldSelector,
        limit: pageSize === 0 ? undefined : pageSize,
        continue: next,
      }
      const path = resourcePath(kind, { namespace }, query)
      const page = toList(kind, await this.#transport.json({ method: 'GET', path, signal }))
      items.push(...page.items)
      next = page.next
      if (next === undefined) return { items, resourceVersion: page.resourceVersion }
    }
  }

  async #applyOnce(
    kind: KindDefinition,
    wanted: ResourceObject,
    options: WriteOptions,
  ): Promise<ApplyResult> {
    const current = await this.#find(kind, wanted.metadata)
    if (current === undefined) return { outcome: 'created', object: await this.create(kind, wanted, options) }
    const patch = threeWayMergePatch(readLastApplied(current), asJson(wanted), asJson(current))
    if (Object.keys(patch).length === 0) return { outcome: 'unchanged', object: current }
    const object = await this.patch(kind, wanted.metadata, patch, options)
    return {
      outcome: isSameVersion(current, object) && options.dryRun !== true ? 'unchanged' : 'configured',
      object,
    }
  }

  async #find(kind: KindDefinition, ref: ObjectRef): Promise<ResourceObject | undefined> {
    try {
      return await this.get(kind, ref)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}

function writeQuery({ dryRun }: WriteOptions): { dryRun?: string } {
  return dryRun === true ? { dryRun: 'All' } : {}
}

/** The server found that the patch changes nothing. */
function isSameVersion(a: ResourceObject, b: ResourceObject): boolean {
  return a.metadata.resourceVersion === b.metadata.resourceVersion
}

function asJson(object: ResourceObject): JsonObject {
  return object as unknown as JsonObject
}

interface Page {
  readonly items: ResourceObject[]
  readonly resourceVersion: string
  readonly next: string | undefined
}

/** The items of a list leave out what they have in common. */
function toList(kind: KindDefinition, answer: unknown): Page {
  if (!isJsonObject(answer) || !(answer.items === null || Array.isArray(answer.items)))
    throw notWhatWasAsked(kind)
  const { resourceVersion = '', continue: next = '' } = isJsonObject(answer.metadata) ? answer.metadata : {}
  const items: readonly unknown[] = answer.items ?? []
  return {
    items: items.map((item) => toObject(kind, item)),
    resourceVersion: String(resourceVersion),
    next: next === '' ? undefined : String(next),
  }
}

function toObject(kind: KindDefinition, answer: unknown): ResourceObject {
  if (!isJsonObject(answer) || !isJsonObject(answer.metadata)) throw notWhatWasAsked(kind)
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    ...(answer as unknown as Partial<ResourceObject>),
  } as ResourceObject
}

/** What answers is no API server, or not one that knows the kind as we do. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError'
}

function notWhatWasAsked(kind: KindDefinition): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`the server's answer is not a ${kind.kind}, nor a list of them`)
}
