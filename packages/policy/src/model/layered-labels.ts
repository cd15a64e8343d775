/**
 * Labels in two layers that have no name in common: an endpoint's own, as its object has them, and those that all endpoints of its kind
 * have alike, which they share. It reads as a map of both: a map of its own would take ten times as much for each endpoint.
 */
export class LayeredLabels implements ReadonlyMap<string, string> {
  readonly own: Readonly<Record<string, string>>
  readonly shared: ReadonlyMap<string, string>

  /** Nobody changes either. */
  constructor(own: Readonly<Record<string, string>>, shared: ReadonlyMap<string, string>) {
    this.own = own
    this.shared = shared
  }

  get size(): number {
    return Object.keys(this.own).length + this.shared.size
  }

  get(name: string): string | undefined {
    const value: unknown = this.own[name]
    // What an object inherits, such as `constructor`, is never a text.
    return typeof value === 'string' ? value : this.shared.get(name)
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
    for (const name in own) take(name, own[name] ?? '')
  }

  *entries(): MapIterator<[string, string]> {
    for (const name in this.own) yield [name, this.own[name] ?? '']
    yield* this.shared
  }

  *keys(): MapIterator<string> {
    for (const name in this.own) yield name
    yield* this.shared.keys()
  }

  *values(): MapIterator<string> {
    for (const [, value] of this) yield value
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries()
  }
}
