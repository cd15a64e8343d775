/** Who can talk to whom as few exact rows, and where connections carry some HTTP requests only, which. */
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { HttpMatch } from '../model/rule.ts'
import { type Connectivity, notOurs } from './connectivity.ts'
import { type BlockRow, flowsBetween, holesOf, rowsBetween } from './flows-between.ts'
import { requestClasses } from './http-requests.ts'
import type { SpacePeer } from './peer-classes.ts'
import { Requests } from './requests.ts'
import type { Traffic, Traffics } from './traffic.ts'

export interface LimitedRow extends BlockRow {
  /** Apart; connections in none of them carry every request. Mostly there are none. */
  readonly limits: readonly RequestLimit[]
}

export interface RequestLimit {
  /** TCP connections; never empty. */
  readonly packets: Traffic
  /** Those that can be made over them, and all that are told apart there: as `requestClasses` names them. */
  readonly requests: readonly HttpRequest[]
  readonly among: readonly HttpRequest[]
}

/** As `flowsBetween`: blocks are alike in their limits too. */
export function limitedFlows(map: Connectivity): LimitedRow[] {
  if (map.httpMatches.length === 0) return flowsBetween(map).map((row) => ({ ...row, limits: [] }))
  const kinds = map.kinds()
  const cells = new Cells(map)
  const codes = cells.table(kinds.map(([position]) => position as number))
  const peers = kinds.map((positions) => positions.map((position) => map.peers[position] as SpacePeer))
  return rowsBetween({ kinds: peers, cells: codes, holes: holesOf(map), say: (code) => cells.of(code) })
}

type Cell = Pick<LimitedRow, 'packets' | 'limits'>

/** What of a connection's packets requests of one class can be made over. */
export type Piece = Pick<RequestLimit, 'packets' | 'requests'>

/** A number for each two peers: 0 where nothing passes, and one for each different answer. */
class Cells {
  readonly #map: Connectivity
  readonly #requests: Requests
  readonly #tcp: Traffic
  readonly #classes = new Map<readonly HttpMatch[], Classes>()
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
    const { number, classes } = this.#classesAt(destination)
    const pieces = classes.map((requests) => ({
      requests,
      packets: this.#requests.allowedAcross(source, destination, requests[0] as HttpRequest),
    }))
    const key = [number, packets.id, ...pieces.map((it) => it.packets.id)].join()
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

  #classesAt(destination: number): Classes {
    const matches = this.#requests.matchesAt(destination)
    if (matches.length === 0) return allAlike
    const found = this.#classes.get(matches) ?? {
      number: this.#classes.size + 1,
      classes: requestClasses(matches),
    }
    this.#classes.set(matches, found)
    return found
  }
}

interface Classes {
  readonly number: number
  readonly classes: readonly (readonly HttpRequest[])[]
}

/** Where no rule asks for requests. */
const allAlike: Classes = { number: 0, classes: [] }

/** Connections divided by which requests can be made over them; without those that carry every one; who carries least comes first. */
export function limitsOf(connections: Traffic, pieces: readonly Piece[], traffics: Traffics): RequestLimit[] {
  if (pieces.length === 0) return []
  const among = pieces.flatMap(({ requests }) => requests)
  return pieces
    .reduce<readonly Piece[]>(
      (parts, piece) => divided(parts, piece, traffics),
      [{ packets: connections, requests: [] }],
    )
    .filter(({ requests }) => requests.length < among.length)
    .map((part) => ({ ...part, among }))
    .sort((one, other) => one.requests.length - other.requests.length)
}

function divided(parts: readonly Piece[], by: Piece, traffics: Traffics): Piece[] {
  return parts
    .flatMap(({ packets, requests }) => [
      { packets: traffics.intersect(packets, by.packets), requests: [...requests, ...by.requests] },
      { packets: traffics.subtract(packets, by.packets), requests },
    ])
    .filter(({ packets }) => !packets.isEmpty)
}

/** Equal for the same packets with the same limits, of one analysis. */
export function carriedText(packets: Traffic, limits: readonly RequestLimit[]): string {
  return JSON.stringify([packets.id, limits.map((it) => ({ ...it, packets: it.packets.id }))])
}
