/**
 * Which of the servers on one store does what only one should. Another one takes over when the holder has not renewed the lease for as long as
 * it lasts, which is counted from when that was seen, and not by the holder's clock.
 *
 * Holds  The holder stops to count itself as such before another one may begin, as long as their clocks run equally fast.
 * Source  Leader election of Kubernetes' controllers, by its documented behaviour.
 */
import { findKind, type KindDefinition, type Lease, type ResourceObject } from '@margay/resources'
import type { StoredObject } from '@margay/storage'
import type { Environment } from '../environment.ts'
import { unlessChanged } from '../rest/changed-meanwhile.ts'
import { keyOf } from '../rest/keys.ts'
import { completeNew } from '../rest/prepare.ts'

const lastsSeconds = 30
/** Then it has not been renewed for long enough to let go. */
const letGoMs = 20_000
/** Sooner is not worth a write. */
const renewAfterMs = 4000

type Parts = Pick<Environment, 'store' | 'writes' | 'clock' | 'random' | 'log'>

export class ServerLease {
  readonly #parts: Parts
  readonly #place: { readonly namespace: string; readonly name: string }
  readonly #holder: string
  #renewedAt: number | undefined
  /** The holder's last write, and when we saw it first. */
  #seen: { readonly revision: bigint; readonly at: number } | undefined

  constructor(parts: Parts, place: { readonly namespace: string; readonly name: string }) {
    this.#parts = parts
    this.#place = place
    this.#holder = parts.random.uuid()
  }

  /** Takes it or renews it, where that is possible; resolves to whether it is held. */
  async hold(): Promise<boolean> {
    const now = this.#now()
    if (this.#renewedAt !== undefined && now - this.#renewedAt < renewAfterMs) return true
    try {
      const isOurs = await this.#parts.writes.run(() => this.#takeOrRenew(now))
      this.#renewedAt = isOurs ? now : undefined
    } catch (error) {
      this.#parts.log.error(`the lease ${this.#place.name} could not be renewed`, error)
    }
    return this.#renewedAt !== undefined && this.#now() - this.#renewedAt < letGoMs
  }

  /** So that another one need not wait. */
  async release(): Promise<void> {
    if (this.#renewedAt === undefined) return
    this.#renewedAt = undefined
    await this.#parts.writes.run(async () => {
      const stored = await this.#stored()
      if (stored === undefined || holderOf(stored) !== this.#holder) return
      const free = { ...stored.value, spec: { ...specOf(stored), holderIdentity: '' } }
      await unlessChanged(this.#parts.store.update(stored.key, free, stored.revision))
    })
  }

  async #takeOrRenew(now: number): Promise<boolean> {
    const { store } = this.#parts
    const stored = await this.#stored()
    if (stored === undefined) {
      const created = await unlessChanged(store.create(this.#key(), this.#newLease(now)))
      return created !== undefined
    }
    if (holderOf(stored) !== this.#holder && !this.#isFree(stored, now)) return false
    const renewed = { ...stored.value, spec: this.#spec(now, stored) }
    return (await unlessChanged(store.update(stored.key, renewed, stored.revision))) !== undefined
  }

  #isFree(stored: StoredObject, now: number): boolean {
    if (holderOf(stored) === '') return true
    if (this.#seen?.revision !== stored.revision) this.#seen = { revision: stored.revision, at: now }
    return now - this.#seen.at >= lastsSeconds * 1000
  }

  #newLease(now: number): ResourceObject {
    const { random, clock } = this.#parts
    const { apiVersion, kind } = leaseKind()
    const lease = { apiVersion, kind, metadata: { ...this.#place }, spec: this.#spec(now) }
    return completeNew(lease, leaseKind(), random.uuid(), clock.now())
  }

  #spec(now: number, before?: StoredObject): NonNullable<Lease['spec']> {
    const time = new Date(now).toISOString().replace('Z', '000Z')
    const known = before === undefined ? {} : specOf(before)
    const isNew = known.holderIdentity !== this.#holder
    const transitions = (known.leaseTransitions ?? 0) + (isNew && before !== undefined ? 1 : 0)
    return {
      holderIdentity: this.#holder,
      leaseDurationSeconds: lastsSeconds,
      acquireTime: isNew ? time : (known.acquireTime ?? time),
      renewTime: time,
      leaseTransitions: transitions,
    }
  }

  #now(): number {
    return this.#parts.clock.now().getTime()
  }

  #key(): string {
    return keyOf(leaseKind(), this.#place.namespace, this.#place.name)
  }

  #stored(): Promise<StoredObject | undefined> {
    return this.#parts.store.get(this.#key())
  }
}

function specOf({ value }: StoredObject): NonNullable<Lease['spec']> {
  return (value as unknown as Lease).spec ?? {}
}

function holderOf(stored: StoredObject): string {
  return specOf(stored).holderIdentity ?? ''
}

function leaseKind(): KindDefinition {
  const kind = findKind('coordination.k8s.io/v1', 'Lease')
  if (kind === undefined) throw new Error('the resources room does not know Lease')
  return kind
}
