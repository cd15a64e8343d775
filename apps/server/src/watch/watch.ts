/**
 * The watch verb: the initial state if wanted, then every change, with bookmarks in between, as JSON lines.
 *
 * Holds  1. A resourceVersion that was sent, on an object or a bookmark, is good to resume from without loss.
 *        2. What the history no longer has ends the stream with an ERROR event, code 410; never with a gap.
 * Source Kubernetes API concepts, "Efficient detection of changes", "Watch bookmarks", "Streaming lists".
 */
import type { Store, StoreEvent } from '@margay/storage'
import type { Clock, Environment } from '../environment.ts'
import { contentTypeOf, negotiate, type Representation } from '../http/accept.ts'
import type { Send, StreamResponse } from '../http/message.ts'
import { prefixOf, toResource } from '../rest/keys.ts'
import { parseWatchOptions, type WatchOptions, withName } from '../rest/query.ts'
import { filteredPage, revisionError } from '../rest/read.ts'
import type { ResourceRequest } from '../rest/request.ts'
import { showObject } from '../rest/respond.ts'
import { ApiError, resourceVersionTooLarge } from '../status/api-error.ts'
import { BatchedSend } from './batched-send.ts'
import { formatLine, type Lines, lineOf, linesFor } from './event-lines.ts'
import { changeFor, type WatchChange } from './watch-event.ts'

const bookmarkIntervalMs = 60_000
/** A client that names no timeout is let go after 30 to 60 minutes, so that not all come back at once. */
const minTimeoutSeconds = 1800

/** A watcher that takes nothing for so long is cut off; it can list and watch again. */
const patienceMs = 30_000

const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

export async function watchObjects(
  environment: Environment,
  request: ResourceRequest,
): Promise<StreamResponse> {
  const representation = negotiate(request.headers.accept)
  const parsed = parseWatchOptions(request.query, request.kind)
  const options = { ...parsed, filter: withName(parsed.filter, request.name) }
  await checkReached(environment.store, options)
  const headers = { 'content-type': contentTypeOf(representation, false) }
  return {
    status: 200,
    headers,
    stream: async (send) => {
      const timeout = timeoutSignal(environment, options)
      const signal = AbortSignal.any([request.signal, timeout.signal])
      try {
        await new WatchStream(environment, request, options, representation, send, signal).run()
      } finally {
        timeout.cancel()
      }
    },
  }
}

async function checkReached(store: Store, { resourceVersion }: WatchOptions): Promise<void> {
  const current = await store.currentRevision()
  if (resourceVersion !== undefined && resourceVersion > current)
    throw resourceVersionTooLarge(resourceVersion, current)
}

function timeoutSignal(
  { clock, random }: Environment,
  options: WatchOptions,
): { signal: AbortSignal; cancel: () => void } {
  const spread = (random.bytes(1)[0] ?? 0) / 256
  const seconds = options.timeoutSeconds || minTimeoutSeconds * (1 + spread)
  const abort = new AbortController()
  return { signal: abort.signal, cancel: clock.after(seconds * 1000, () => abort.abort()) }
}

class WatchStream {
  readonly #environment: Environment
  readonly #request: ResourceRequest
  readonly #options: WatchOptions
  readonly #representation: Representation
  readonly #send: BatchedSend
  readonly #signal: AbortSignal
  #hasSentColumns = false
  /** The newest revision that the client has been told of. */
  #sentRevision = 0n
  /** Everything up to here that concerns the client has been sent. */
  #coveredRevision = 0n

  constructor(
    environment: Environment,
    request: ResourceRequest,
    options: WatchOptions,
    representation: Representation,
    send: Send,
    signal: AbortSignal,
  ) {
    this.#environment = environment
    this.#request = request
    this.#options = options
    this.#representation = representation
    this.#send = new BatchedSend(send, environment.clock, patienceMs)
    this.#signal = signal
  }

  async run(): Promise<void> {
    const stopBookmarks = this.#options.bookmarks
      ? this.#startBookmarks(this.#environment.clock)
      : () => undefined
    try {
      await this.#follow(await this.#sendInitialState())
    } catch (error) {
      await this.#sendError(revisionError(error))
    } finally {
      stopBookmarks()
      await this.#send.drained()
    }
  }

  /** The revision to go on from. */
  async #sendInitialState(): Promise<bigint> {
    const { resourceVersion, sendInitialEvents, bookmarks } = this.#options
    const { store } = this.#environment
    const isFromNow = resourceVersion === undefined || resourceVersion === 0n
    if (!(sendInitialEvents ?? isFromNow)) return isFromNow ? store.currentRevision() : resourceVersion
    const everything = { limit: 0, startAfter: '', atRevision: undefined }
    const { objects, revision } = await filteredPage(store, this.#prefix(), this.#options.filter, everything)
    for (const stored of objects) {
      if (this.#signal.aborted) return revision
      await this.#sendChange({ type: 'ADDED', stored })
    }
    this.#sentRevision = revision
    if (sendInitialEvents === true && bookmarks) await this.#sendBookmark(revision, initialEventsEnd)
    return revision
  }

  async #follow(fromRevision: bigint): Promise<void> {
    this.#coveredRevision = fromRevision
    const onProgress = (revision: bigint): void => {
      this.#coveredRevision = revision
    }
    const watch = { fromRevision, signal: this.#signal, onProgress }
    for await (const events of this.#environment.store.watch(this.#prefix(), watch)) {
      if (this.#representation.as === 'Object') await this.#sendLines(linesFor(this.#options.filter, events))
      else for (const event of events) await this.#sendEvent(event)
    }
  }

  async #sendLines({ text, revision }: Lines): Promise<void> {
    if (text === '') return
    this.#sentRevision = revision
    await this.#send.push(text)
  }

  async #sendEvent(event: StoreEvent): Promise<void> {
    const change = changeFor(this.#options.filter, event)
    if (change === undefined) return
    this.#sentRevision = event.object.revision
    await this.#sendChange(change)
  }

  #prefix(): string {
    const { kind, namespace } = this.#request
    return prefixOf(kind, namespace)
  }

  #startBookmarks(clock: Clock): () => void {
    let cancel = (): void => undefined
    const tick = (): void => {
      const revision = this.#coveredRevision
      if (revision >= this.#sentRevision && revision > 0n) void this.#sendBookmark(revision)
      cancel = clock.after(bookmarkIntervalMs, tick)
    }
    cancel = clock.after(bookmarkIntervalMs, tick)
    return () => cancel()
  }

  async #sendBookmark(revision: bigint, annotations?: Record<string, string>): Promise<void> {
    const { kind } = this.#request
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    }
    await this.#sendLine('BOOKMARK', { kind: kind.kind, apiVersion: kind.apiVersion, metadata })
  }

  async #sendChange(change: WatchChange): Promise<void> {
    if (this.#representation.as === 'Object') return this.#send.push(lineOf(change))
    const now = this.#environment.clock.now()
    const shown = showObject(toResource(change.stored), this.#request, this.#representation, now)
    const isTable = this.#representation.as === 'Table'
    await this.#sendLine(change.type, isTable ? this.#withoutRepeatedColumns(shown) : shown)
  }

  /** As kube-apiserver does, only the first table of a stream says what its columns are. */
  #withoutRepeatedColumns(table: unknown): unknown {
    if (!this.#hasSentColumns) {
      this.#hasSentColumns = true
      return table
    }
    return typeof table === 'object' ? { ...table, columnDefinitions: null } : table
  }

  async #sendError(error: unknown): Promise<void> {
    if (this.#signal.aborted) return
    if (!(error instanceof ApiError)) throw error
    await this.#sendLine('ERROR', error.toStatus())
  }

  #sendLine(type: string, object: unknown): Promise<void> {
    return this.#send.push(formatLine(type, object))
  }
}
