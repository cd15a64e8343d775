/**
 * Tells the API this node's public keys, as annotations of its Node, by way of its status: that is what a node may write
 * (spec/dataplane.md 6.2). What the API says is compared with what it should say, so that what somebody else wrote there is mended.
 */
import { type ApiClient, type Clock, isNotFound } from '@margay/client'
import type { ResourceObject } from '@margay/resources'
import { knownKind } from '../known-kind.ts'

export interface KeyPublisherOptions {
  readonly nodeName: string
  readonly client: Pick<ApiClient, 'patch'>
  readonly clock: Pick<Clock, 'after'>
  /** As the API last told them, by name. */
  readonly nodes: () => ReadonlyMap<string, ResourceObject>
  /** Takes one line at a time. */
  readonly log: (line: string) => void
}

/** By name; undefined: it should not be there. */
export type KeyAnnotations = Readonly<Record<string, string | undefined>>

const retryAfterMs = 1000
/** Far longer than the API takes to tell what was written. What it tells later counts: it may go on from an older state. */
const trustedMs = 10_000

export class KeyPublisher {
  readonly #options: KeyPublisherOptions
  #wanted: KeyAnnotations = {}
  /** What was written, and the API has not told yet. */
  #written: KeyAnnotations = {}
  /** In which the API has that. */
  #writtenRevision: string | undefined
  #isWriting = false
  #failure: string | undefined
  #cancelRetry: () => void = () => undefined
  #cancelTrust: () => void = () => undefined
  #isStopped = false

  constructor(options: KeyPublisherOptions) {
    this.#options = options
  }

  want(wanted: KeyAnnotations): void {
    this.#wanted = wanted
    this.look()
  }

  /** The API told of the node anew. */
  told(): void {
    const revision = this.#options.nodes().get(this.#options.nodeName)?.metadata.resourceVersion
    // What was told before that was written says nothing about it.
    if (!isOlder(revision, this.#writtenRevision)) this.#written = {}
    this.look()
  }

  look(): void {
    if (this.#isWriting || this.#isStopped) return
    const node = this.#options.nodes().get(this.#options.nodeName)
    if (node === undefined) return
    const there = { ...node.metadata.annotations, ...this.#written }
    const differing = Object.entries(this.#wanted).filter(([name, text]) => there[name] !== text)
    if (differing.length > 0) void this.#write(Object.fromEntries(differing))
  }

  /** Why the API does not have what it should; undefined: it has, or nothing is known against it. */
  get problem(): string | undefined {
    return this.#failure
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelRetry()
    this.#cancelTrust()
  }

  async #write(changes: KeyAnnotations): Promise<void> {
    this.#isWriting = true
    this.#cancelRetry()
    const annotations = Object.fromEntries(
      Object.entries(changes).map(([name, text]) => [name, text ?? null]),
    )
    const { client, nodeName, clock, log } = this.#options
    try {
      const options = { type: 'merge', subresource: 'status' } as const
      const node = await client.patch(nodeKind, { name: nodeName }, { metadata: { annotations } }, options)
      this.#writtenRevision = node.metadata.resourceVersion
      this.#written = { ...this.#written, ...changes }
      this.#failure = undefined
      this.#trust()
    } catch (error) {
      const line = `the node's public key: ${error instanceof Error ? error.message : String(error)}`
      if (line !== this.#failure && !this.#isStopped) log(line)
      this.#failure = line
      if (!isNotFound(error)) this.#cancelRetry = clock.after(retryAfterMs, () => this.look())
      this.#isWriting = false
      return
    }
    this.#isWriting = false
    this.look()
  }

  #trust(): void {
    this.#cancelTrust()
    this.#cancelTrust = this.#options.clock.after(trustedMs, () => {
      this.#writtenRevision = undefined
    })
  }
}

/** Unknown where the API does not count upwards: then nothing is older. */
function isOlder(revision: string | undefined, than: string | undefined): boolean {
  const [one, other] = [revision ?? '', than ?? '']
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other)
}

const nodeKind = knownKind('v1', 'Node')
