/** A name, its value, the next name: a list is read faster than an object where objects have many different names. */
export type LabelList = readonly string[]

/** Longer lists are not searched from the start. */
const mostSearched = 32

/**
 * Labels in two layers that have no name in common: an endpoint's own, as its object has them, and those that all endpoints of its kind
 * have alike, which they share. It reads as a map of both: a map of its own would take ten times as much for each endpoint.
 */
export class LayeredLabels implements ReadonlyMap<string, string> {
  readonly shared: ReadonlyMap<string, string>
  readonly #own: Readonly<Record<string, string>>
  #list: LabelList | undefined

  /** Nobody changes either. */
  constructor(own: Readonly<Record<string, string>>, shared: ReadonlyMap<string, string>) {
    this.#own = own
    this.shared = shared
  }

  /** Of its own layer. It is made for those that are asked again and again, and not for each of a large cluster. */
  get own(): LabelList {
    this.#list ??= listOf(this.#own)
    return this.#list
  }

  /** Are these its own, in whatever order? */
  isOf(own: Readonly<Record<string, string>>): boolean {
    return isSame(this.#own, own)
  }

  get size(): number {
    return this.own.length / 2 + this.shared.size
  }

  get(name: string): string | undefined {
    return this.#ownValue(name) ?? this.shared.get(name)
  }

  #ownValue(name: string): string | undefined {
    const list = this.#list
    if (list === undefined || list.length > mostSearched) return textOf(this.#own, name)
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1]
    return undefined
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
    const own = this.#own
    for (const name in own) take(name, own[name] ?? '')
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

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  if (one === other) return true
  for (const name in other) if (one[name] !== other[name]) return false
  return Object.keys(one).length === Object.keys(other).length
}

/** What an object inherits, such as `constructor`, is never a text. */
function textOf(own: Readonly<Record<string, string>>, name: string): string | undefined {
  const value: unknown = own[name]
  return typeof value === 'string' ? value : undefined
}

function listOf(own: Readonly<Record<string, string>>): LabelList {
  const list: string[] = []
  for (const name in own) list.push(name, own[name] ?? '')
  // A list that grew has room for more.
  return list.slice()
}

function* entriesOf(list: LabelList): MapIterator<[string, string]> {
  for (let i = 0; i < list.length; i += 2) yield [list[i] ?? '', list[i + 1] ?? '']
}
