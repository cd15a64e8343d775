/** Who can talk to whom as few exact rows, and where connections carry some HTTP requests only, which. */
import { protocols } from '../model/protocol.ts'
import { type Connectivity, notOurs } from './connectivity.ts'
import { type BlockRow, flowsBetween, holesOf, rowsBetween } from './flows-between.ts'
import type { RequestClass } from './http-requests.ts'
import type { SpacePeer } from './peer-classes.ts'
import { fewestParts, type RequestPart } from './request-parts.ts'
import { Requests } from './requests.ts'
import type { Traffic, Traffics } from './traffic.ts'

export interface LimitedRow extends BlockRow {
  /** Apart; connections in none of them carry every request. Mostly there are none. */
  readonly limits: readonly RequestLimit[]
}

export interface RequestLimit {
  /** TCP connections; never empty. */
  readonly packets: Traffic
  /** Those that can be made over them, and all methods with all paths that are told apart there. */
  readonly requests: readonly RequestPart[]
  readonly among: readonly RequestPart[]
}

/** As `flowsBetween`: blocks are alike in their limits too. @throws TooManyRequestsError */
export function limitedFlows(map: Connectivity): LimitedRow[] {
  if (map.httpMatches.length === 0) return flowsBetween(map).map((row) => ({ ...row, limits: [] }))
  const kinds = map.kinds()
  const cells = new Cells(map)
  const codes = cells.table(kinds.map(([position]) => position as number))
  const peers = kinds.map((positions) => positions.map((position) => map.peers[position] as SpacePeer))
  return rowsBetween({ kinds: peers, cells: codes, holes: holesOf(map), say: (code) => cells.of(code) })
}

type Cell = Pick<LimitedRow, 'packets' | 'limits'>

/** Over which packets of a connection requests of one class can be made. */
export interface Piece {
  readonly packets: Traffic
  readonly of: RequestClass
}

/** A number for each two peers: 0 where nothing passes, and one for each different answer. */
class Cells {
  readonly #map: Connectivity
  readonly #requests: Requests
  readonly #tcp: Traffic
  readonly #numbers = new Map<readonly RequestClass[], number>()
  /** By what is worked out of two peers, and by what comes of it. */
  readonly #known = new Map<string, number>()
  readonly #byText = new Map<string, number>()
  readonly #byCode: (Cell | undefined)[] = [undefined]

  constructor(map: Connectivity) {
    this.#map = map
    this.#requests = new Requests(map)
    this.#tcp = map.traffics.ofProtocol(protocols.tcp)
  }

  table(positions: readonly number[]): Int32Array {
    const ids = this.#map.table(positions)
    for (const [row, source] of positions.entries()) {
      for (const [column, destination] of positions.entries()) {
        const at = row * positions.length + column
        const id = ids[at] as number
        if (id !== notOurs) ids[at] = this.#codeOf(this.#map.traffics.withId(id), source, destination)
      }
    }
    return ids
  }

  of(code: number): Cell | undefined {
    return this.#byCode[code]
  }

  #codeOf(packets: Traffic, source: number, destination: number): number {
    if (packets.isEmpty) return 0
    const classes = this.#requests.classesAt(destination)
    const pieces = classes.map((of) => ({
      of,
      packets: this.#requests.allowedAcross(source, destination, of.request),
    }))
    const key = [this.#numberOf(classes), packets.id, ...pieces.map((it) => it.packets.id)].join()
    const code = this.#known.get(key) ?? this.#codeFor(packets, pieces)
    this.#known.set(key, code)
    return code
  }

  #codeFor(packets: Traffic, pieces: readonly Piece[]): number {
    const limits = limitsOf(this.#map.traffics.intersect(packets, this.#tcp), pieces, this.#map.traffics)
    const text = carriedText(packets, limits)
    const code = this.#byText.get(text) ?? this.#byCode.push({ packets, limits }) - 1
    this.#byText.set(text, code)
    return code
  }

  #numberOf(classes: readonly RequestClass[]): number {
    const number = this.#numbers.get(classes) ?? this.#numbers.size
    this.#numbers.set(classes, number)
    return number
  }
}

/** Connections divided by which requests can be made over them; without those that carry every one; who carries least comes first. */
export function limitsOf(connections: Traffic, pieces: readonly Piece[], traffics: Traffics): RequestLimit[] {
  if (pieces.length === 0) return []
  const all = pieces.flatMap(({ of }) => of.parts)
  const among = fewestParts(all)
  return pieces
    .reduce<readonly Divided[]>(
      (parts, piece) => divided(parts, piece, traffics),
      [{ packets: connections, requests: [] }],
    )
    .filter(({ requests }) => requests.length < all.length)
    .sort((one, other) => one.requests.length - other.requests.length)
    .map(({ packets, requests }) => ({ packets, requests: fewestParts(requests), among }))
}

interface Divided {
  readonly packets: Traffic
  readonly requests: readonly RequestPart[]
}

function divided(parts: readonly Divided[], { packets: by, of }: Piece, traffics: Traffics): Divided[] {
  return parts
    .flatMap(({ packets, requests }) => [
      { packets: traffics.intersect(packets, by), requests: [...requests, ...of.parts] },
      { packets: traffics.subtract(packets, by), requests },
    ])
    .filter(({ packets }) => !packets.isEmpty)
}

/** Equal for the same packets with the same limits, of one analysis. */
export function carriedText(packets: Traffic, limits: readonly RequestLimit[]): string {
  return JSON.stringify([packets.id, limits.map((it) => ({ ...it, packets: it.packets.id }))])
}
