/** A name, its value, the next name: a list is read faster than an object where objects have many different names, and takes less. */
export type LabelList = readonly string[]

/** Longer lists are not searched from the start. */
const mostSearched = 32

/**
 * Labels in two layers that have no name in common: an endpoint's own, and those that all endpoints of its kind
 * have alike, which they share. It reads as a map of both: a map of its own would take ten times as much for each endpoint.
 */
export class LayeredLabels implements ReadonlyMap<string, string> {
  readonly own: LabelList
  readonly shared: ReadonlyMap<string, string>
  /** Of an endpoint with many labels of its own, once it was asked about one. */
  #byName: ReadonlyMap<string, string> | undefined

  /** Nobody changes either. */
  constructor(own: LabelList, shared: ReadonlyMap<string, string>) {
    this.own = own
    this.shared = shared
  }

  get size(): number {
    return this.own.length / 2 + this.shared.size
  }

  get(name: string): string | undefined {
    return this.#ownValue(name) ?? this.shared.get(name)
  }

  #ownValue(name: string): string | undefined {
    const { own } = this
    if (own.length > mostSearched) return this.#ownByName().get(name)
    for (let i = 0; i < own.length; i += 2) if (own[i] === name) return own[i + 1]
    return undefined
  }

  #ownByName(): ReadonlyMap<string, string> {
    this.#byName ??= new Map(entriesOf(this.own))
    return this.#byName
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  forEach(take: (value: string, name: string, labels: LayeredLabels) => void): void {
    this.eachOwn((name, value) => {
      take(value, name, this)
    })
    this.shared.forEach((value, name) => {
      take(value, name, this)
    })
  }

  /** Of the layer that is its own. */
  eachOwn(take: (name: string, value: string) => void): void {
    const { own } = this
    for (let i = 0; i < own.length; i += 2) take(own[i] ?? '', own[i + 1] ?? '')
  }

  *entries(): MapIterator<[string, string]> {
    yield* entriesOf(this.own)
    yield* this.shared
  }

  *keys(): MapIterator<string> {
    for (const [name] of this) yield name
  }

  *values(): MapIterator<string> {
    for (const [, value] of this) yield value
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }
}

function* entriesOf(list: LabelList): MapIterator<[string, string]> {
  for (let i = 0; i < list.length; i += 2) yield [list[i] ?? '', list[i + 1] ?? '']
}
