/** The criteria of the rules in use, counted, and those that were in use and are not forgotten yet. */
import { type Criterion, labelsReadBy } from './criteria.ts'

/** One criterion of possibly many rules. */
export interface Retained {
  /** The one that was retained last: its services are the current ones. */
  criterion: Criterion
  /** How often it is in use. */
  uses: number
}

export interface CriteriaChanges {
  readonly come: readonly Retained[]
  readonly gone: readonly Retained[]
  /** They stand on other sets or services than before. */
  readonly renewed: readonly Retained[]
}

export class RetainedCriteria {
  readonly #byKey = new Map<string, Retained>()
  readonly #unused = new Set<Retained>()
  #come = new Set<Retained>()
  #renewed = new Set<Retained>()
  #forgotten: Retained[] = []

  get(key: string): Retained | undefined {
    return this.#byKey.get(key)
  }

  retain(criterion: Criterion): void {
    const known = this.#byKey.get(criterion.key)
    if (known === undefined) this.#enter(criterion)
    else this.#use(known, criterion)
  }

  /** Throws RangeError for what is not in use. */
  release({ key }: Criterion): void {
    const known = this.#byKey.get(key)
    if (known === undefined || known.uses === 0) throw new RangeError(`criterion "${key}" is not retained`)
    known.uses -= 1
    if (known.uses === 0) this.#unused.add(known)
  }

  /** What is unused now is gone with the next changes, unless it is in use again by then. */
  forget(): void {
    this.#forgotten = [...this.#unused]
  }

  /** Since the last time. */
  takeChanges(): CriteriaChanges {
    const gone = new Set(this.#forgotten.filter(({ uses }) => uses === 0))
    for (const it of gone) this.#leave(it)
    const come = this.#come.difference(gone)
    const renewed = this.#renewed.difference(gone).difference(come)
    const changes = { come: [...come], gone: [...gone.difference(this.#come)], renewed: [...renewed] }
    this.#come = new Set()
    this.#renewed = new Set()
    this.#forgotten = []
    return changes
  }

  #enter(criterion: Criterion): void {
    const made = { criterion, uses: 1 }
    this.#byKey.set(criterion.key, made)
    this.#come.add(made)
  }

  #use(known: Retained, criterion: Criterion): void {
    if (known.uses === 0) this.#unused.delete(known)
    known.uses += 1
    if (standsOnSame(known.criterion, criterion)) return
    known.criterion = criterion
    this.#renewed.add(known)
  }

  #leave(it: Retained): void {
    this.#byKey.delete(it.criterion.key)
    this.#unused.delete(it)
  }
}

/** Criteria with one key ask the same, but sets and services are of one state, which should not be kept longer than it is in use. */
function standsOnSame(left: Criterion, right: Criterion): boolean {
  if (left.kind === 'Set') return right.kind === 'Set' && left.set === right.set
  if (left.kind === 'Service') return right.kind === 'Service' && left.service === right.service
  if (left.kind === 'Names') return right.kind === 'Names' && left.ports.named === right.ports.named
  return true
}

/** Each once. */
export function labelsRead(criterion: Criterion): ReadonlySet<string> {
  const set = criterion.kind === 'Set' ? criterion.set : undefined
  const within = criterion.kind === 'Names' ? criterion.ports.namesWithin : undefined
  const selector = (set ?? within)?.selector
  return new Set(selector === undefined ? [] : labelsReadBy(selector))
}

/** Each once. */
export function portNamesRead(criterion: Criterion): ReadonlySet<string> {
  return new Set(criterion.kind === 'Names' ? criterion.ports.names : [])
}
