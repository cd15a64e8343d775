/**
 * Sets of packets by protocol and ports or ICMP message: one side of exact analysis; the other is who talks to whom.
 *
 * Equal sets are one object, since each is made by a `Traffics` that knows all that it made: comparing costs nothing, and each pair is
 * united, intersected or subtracted once.
 */
import {
  everyPair,
  intersectRegions,
  noPairs,
  type Region,
  regionHolds,
  regionKey,
  subtractRegions,
  uniteRegions,
} from './region.ts'

/** The same packets of neighbouring protocols. */
export interface ProtocolSlice {
  /** IANA protocol numbers, 0-255, both included. */
  readonly min: number
  readonly max: number
  /** Not empty. For a protocol without ports and messages: all pairs. */
  readonly region: Region
}

export class Traffic {
  /** Of the `Traffics` that made it: from 0 up. */
  readonly id: number
  /** Canonical: ascending and apart; neighbours that touch differ. */
  readonly slices: readonly ProtocolSlice[]

  constructor(id: number, slices: readonly ProtocolSlice[]) {
    this.id = id
    this.slices = slices
  }

  get isEmpty(): boolean {
    return this.slices.length === 0
  }

  regionOf(protocol: number): Region {
    return this.slices.find(({ min, max }) => min <= protocol && protocol <= max)?.region ?? noPairs
  }

  /** `first` and `second` as in `Region`; both 0 for a protocol without ports and messages. */
  holds(protocol: number, first: number, second: number): boolean {
    return regionHolds(this.regionOf(protocol), first, second)
  }
}

const highestProtocol = 255

type Combine = (left: Region, right: Region) => Region

/** One operation on pairs, each worked out once. */
class Memo {
  /** By the ids of both. */
  readonly #known: (Traffic | undefined)[][] = []
  readonly #find: (left: Traffic, right: Traffic) => Traffic

  constructor(find: (left: Traffic, right: Traffic) => Traffic) {
    this.#find = find
  }

  of(left: Traffic, right: Traffic): Traffic {
    this.#known[left.id] ??= []
    const row = this.#known[left.id] as (Traffic | undefined)[]
    const known = row[right.id]
    if (known !== undefined) return known
    const found = this.#find(left, right)
    row[right.id] = found
    return found
  }
}

export class Traffics {
  readonly #byKey = new Map<string, Traffic>()
  readonly #byId: Traffic[] = []
  readonly #unions = new Memo((left, right) => this.#combine(left, right, uniteRegions))
  readonly #intersections = new Memo((left, right) => this.#combine(left, right, intersectRegions))
  readonly #differences = new Memo((left, right) => this.#combine(left, right, subtractRegions))
  readonly none = this.of([])
  readonly all = this.of([{ min: 0, max: highestProtocol, region: everyPair }])

  /** How many sets were made. */
  get size(): number {
    return this.#byKey.size
  }

  /** Slices in ascending order, not overlapping. */
  of(slices: readonly ProtocolSlice[]): Traffic {
    const keyed = slices
      .filter(({ region }) => region.length > 0)
      .map((slice) => ({ slice, key: regionKey(slice.region) }))
    const joined = join(keyed)
    const key = joined.map((it) => `${it.slice.min}-${it.slice.max}:${it.key}`).join(' ')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made = new Traffic(
      this.#byKey.size,
      joined.map(({ slice }) => slice),
    )
    this.#byKey.set(key, made)
    this.#byId.push(made)
    return made
  }

  /** @throws RangeError for an id that none has */
  withId(id: number): Traffic {
    const found = this.#byId[id]
    if (found === undefined) throw new RangeError(`no set of packets ${id}`)
    return found
  }

  /** All packets of one protocol, or those of a region. */
  ofProtocol(protocol: number, region: Region = everyPair): Traffic {
    return this.of([{ min: protocol, max: protocol, region }])
  }

  unite(left: Traffic, right: Traffic): Traffic {
    if (left === right || right.isEmpty) return left
    return left.isEmpty ? right : this.#unions.of(left, right)
  }

  intersect(left: Traffic, right: Traffic): Traffic {
    if (left === right || right === this.all || left.isEmpty) return left
    return left === this.all || right.isEmpty ? right : this.#intersections.of(left, right)
  }

  subtract(from: Traffic, minus: Traffic): Traffic {
    if (from === minus || minus === this.all) return this.none
    return from.isEmpty || minus.isEmpty ? from : this.#differences.of(from, minus)
  }

  #combine(left: Traffic, right: Traffic, combine: Combine): Traffic {
    const slices: ProtocolSlice[] = []
    for (let min = 0; min <= highestProtocol; ) {
      const [one, other] = [sliceAt(left, min), sliceAt(right, min)]
      const max = Math.min(one.max, other.max)
      slices.push({ min, max, region: combine(one.region, other.region) })
      min = max + 1
    }
    return this.of(slices)
  }
}

interface Keyed {
  readonly slice: ProtocolSlice
  readonly key: string
}

function join(slices: readonly Keyed[]): Keyed[] {
  const joined: Keyed[] = []
  for (const it of slices) {
    const previous = joined.at(-1)
    const touches = previous !== undefined && previous.slice.max + 1 === it.slice.min
    if (!touches || previous.key !== it.key) joined.push(it)
    else joined[joined.length - 1] = { key: it.key, slice: { ...it.slice, min: previous.slice.min } }
  }
  return joined
}

/** What it says of a protocol, and the last protocol up to which that holds. */
function sliceAt({ slices }: Traffic, protocol: number): { readonly region: Region; readonly max: number } {
  const slice = slices.find(({ max }) => max >= protocol)
  if (slice === undefined) return { region: noPairs, max: highestProtocol }
  return slice.min <= protocol ? slice : { region: noPairs, max: slice.min - 1 }
}
