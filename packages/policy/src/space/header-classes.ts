/**
 * Sets of headers, divided by which of some rules' conditions they meet: header by header, so that only what some rule still asks of those that
 * met its conditions so far is told apart. Not a product: what no rule tells apart is never listed one by one.
 */
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'
import { type HeaderCell, headerCells, isMet } from './header-cells.ts'
import type { HeaderPart, HeaderWays } from './request-parts.ts'
import { mostRequestKinds, TooManyRequestsError } from './too-many-requests.ts'

/** Headers that meet the conditions of the same rules. */
export interface HeaderClass {
  /** Of those asked about, ascending. */
  readonly matching: readonly number[]
  /** Products, which are apart; all conditions of one must hold. One without conditions is all headers there are. */
  readonly products: readonly (readonly HeaderPart[])[]
  /** Some that are so. */
  readonly example: ReadonlyMap<string, string>
}

interface Header {
  readonly name: string
  readonly cells: readonly HeaderCell[]
  /** By number of the rule's match, for those that ask for it: the cells that meet its conditions, by position. */
  readonly met: ReadonlyMap<number, ReadonlySet<number>>
}

export class HeaderClasses {
  readonly #headers: readonly Header[]

  /** By numbers: positions. @throws TooManyRequestsError */
  constructor(matches: readonly HttpMatch[]) {
    const names = new Set(matches.flatMap(({ headers = [] }) => headers.map(({ name }) => name)))
    this.#headers = [...names]
      .map((name) => headerOf(name, matches))
      .sort((one, other) => other.met.size - one.met.size)
  }

  get names(): string[] {
    return this.#headers.map(({ name }) => name)
  }

  /** Those that some of the rules tell apart. `always`: one of these that has to match; no other has to. @throws TooManyRequestsError */
  among(numbers: readonly number[], always?: number): HeaderClass[] {
    let all: HeaderClass[] = [{ matching: numbers, products: [[]], example: new Map() }]
    for (const header of this.#headers) all = together(this.#dividedBy(header, all, always))
    return all
  }

  #dividedBy(header: Header, all: readonly HeaderClass[], always: number | undefined): HeaderClass[] {
    const found: HeaderClass[] = []
    let products = 0
    for (const whole of all) {
      for (const part of divided(whole, header)) {
        if (always !== undefined && !part.matching.includes(always)) continue
        products += part.products.length
        if (products > mostRequestKinds) throw new TooManyRequestsError(this.names)
        found.push(part)
      }
    }
    return found
  }
}

function headerOf(name: string, matches: readonly HttpMatch[]): Header {
  const asked = matches.map(({ headers = [] }) => headers.filter((it) => it.name === name))
  const cells = headerCells(name, asked.flat())
  const met = asked.flatMap((conditions, number) =>
    conditions.length === 0 ? [] : [[number, meeting(conditions, cells)] as const],
  )
  return { name, cells, met: new Map(met) }
}

function meeting(conditions: readonly HttpHeaderMatch[], cells: readonly HeaderCell[]): Set<number> {
  const positions = [...cells.keys()]
  return new Set(
    positions.filter((at) => conditions.every((it) => isMet(it, (cells[at] as HeaderCell).value))),
  )
}

function divided(whole: HeaderClass, { name, cells, met }: Header): HeaderClass[] {
  if (!whole.matching.some((it) => met.has(it))) return [whole]
  const left = (cell: number) => whole.matching.filter((it) => met.get(it)?.has(cell) !== false)
  const groups = [...Map.groupBy(cells.keys(), (cell) => left(cell).join()).values()]
  return groups.map((positions) => {
    const chosen = positions.map((it) => cells[it] as HeaderCell)
    const part = { name, allowed: waysOf(chosen), others: waysOf(cells.filter((it) => !chosen.includes(it))) }
    return {
      matching: left(positions[0] as number),
      products: groups.length === 1 ? whole.products : whole.products.map((it) => [...it, part]),
      example: withHeader(whole.example, name, chosen),
    }
  })
}

/** Rather none than one. */
function withHeader(
  headers: ReadonlyMap<string, string>,
  name: string,
  cells: readonly HeaderCell[],
): ReadonlyMap<string, string> {
  const value = cells.some(({ isAbsent }) => isAbsent) ? undefined : cells[0]?.value
  return value === undefined ? headers : new Map([...headers, [name, value]])
}

function waysOf(cells: readonly HeaderCell[]): HeaderWays {
  return { isAbsent: cells.some(({ isAbsent }) => isAbsent), values: cells.flatMap(({ names }) => names) }
}

/** Of those that meet the same one. */
function together(classes: readonly HeaderClass[]): HeaderClass[] {
  return [...Map.groupBy(classes, ({ matching }) => matching.join()).values()].map((alike) => ({
    ...(alike[0] as HeaderClass),
    products: alike.flatMap(({ products }) => products),
  }))
}
