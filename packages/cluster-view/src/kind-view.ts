/** The objects of one kind as the API last told them: admitted, and closed where they can't be understood. */
import type { ObjectChange } from '@margay/client'
import type { ResourceChange } from '@margay/policy'
import { type Admission, admit, type Resource } from '@margay/resources'
import { closedPolicy } from './closed-policy.ts'
import { isSameForPolicy } from './same-for-policy.ts'

export interface KindViewOptions {
  /** As `v1/Node`. */
  readonly name: string
  /** A field that is not known may narrow what the object allows. */
  readonly unknownFields: 'reject' | 'drop'
  /** Takes one line for each object that can't be understood. */
  readonly report: (problem: string) => void
}

/** Objects by the keys that the API's client gives them. */
export class KindView {
  readonly #options: KindViewOptions
  readonly #resources = new Map<string, Resource>()
  readonly #problems = new Map<string, string>()
  /** What objects were that changed since changes were taken. */
  #before = new Map<string, Resource | undefined>()

  constructor(options: KindViewOptions) {
    this.#options = options
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values()
  }

  /** Of the objects as they are now, a line for each that can't be understood. */
  get problems(): Iterable<string> {
    return this.#problems.values()
  }

  /** False: it is nothing that policy reads, as the heartbeat of a node; then the object stays the one that it was. */
  take({ type, key, object }: ObjectChange): boolean {
    const before = this.#resources.get(key)
    this.#problems.delete(key)
    if (type === 'deleted') this.#resources.delete(key)
    else this.#put(key, object)
    if (this.#restore(key, before)) return false
    if (!this.#before.has(key)) this.#before.set(key, before)
    return true
  }

  /** What changed since the last time, each object once: from what it was then to what it is now. */
  takeChanges(): ResourceChange[] {
    if (this.#before.size === 0) return []
    const before = this.#before
    this.#before = new Map()
    return [...before]
      .filter(([key, old]) => !this.#restore(key, old))
      .map(([key, old]) => ({ before: old, after: this.#resources.get(key) }))
  }

  /** Where an object says the same as one before, that one is kept: others know it by identity. True if nothing changed. */
  #restore(key: string, before: Resource | undefined): boolean {
    const after = this.#resources.get(key)
    if (before === undefined || after === undefined) return before === after
    if (!isSameForPolicy(before, after)) return false
    this.#resources.set(key, before)
    return true
  }

  #put(key: string, object: unknown): void {
    const admission = admit(object, this.#options)
    const resource = admission.ok ? admission.resource : closedPolicy(object)
    if (resource === undefined) this.#resources.delete(key)
    else this.#resources.set(key, resource)
    if (!admission.ok) this.#tell(key, admission, resource !== undefined)
  }

  #tell(key: string, { issues }: Extract<Admission, { ok: false }>, isClosed: boolean): void {
    const [issue] = issues
    const effect = isClosed ? '; it denies instead' : ''
    const problem = `${this.#options.name} ${key}: ${issue?.path}: ${issue?.message}${effect}`
    this.#problems.set(key, problem)
    this.#options.report(problem)
  }
}
