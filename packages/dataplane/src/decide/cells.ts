/**
 * Divides the packets of a protocol into cells, such that each area of a group's rules is a union of cells, or all but some of them.
 *
 * `PortCells` are single destination ports, which the kernel finds in a hash. Where a rule asks for source ports, ICMP
 * messages or wide ranges, `BoxCells` are the rectangles that all areas cut out, which the kernel finds in a pipapo set.
 */
import { complementPorts, mergePorts, type PortRange } from '@margay/netset'
import type { Area, ProtocolKey } from './area.ts'

/** How an area lies in the cells of its protocol. */
export type Spread =
  | { readonly kind: 'All' }
  | { readonly kind: 'Only' | 'Except'; readonly cells: readonly number[] }

export interface CellSpace {
  readonly kind: 'Ports' | 'Boxes'
  /** Of the protocols of which areas were given. */
  spread(area: Area, protocol: ProtocolKey): Spread
}

const all: Spread = { kind: 'All' }

export function isEvery(ranges: readonly PortRange[]): boolean {
  return ranges.length === 1 && ranges[0]?.min === 0 && ranges[0].max === 65_535
}

/** A rule may be turned into so many single ports. */
const mostPorts = 32

/** A cell is a destination port, 1 to 65535. Port 0 stands for the rest in the kernel's map, so no cell may be 0. */
export class PortCells implements CellSpace {
  readonly kind = 'Ports'

  /** False where only boxes can tell. */
  static fits(area: Area): boolean {
    return isEvery(area.first) && (isEvery(area.second) || listed(area.second) !== undefined)
  }

  spread({ second }: Area): Spread {
    return isEvery(second) ? all : (listed(second) ?? all)
  }
}

function listed(ranges: readonly PortRange[]): Spread | undefined {
  if (isFew(ranges)) return { kind: 'Only', cells: portsIn(ranges) }
  const rest = complementPorts(ranges)
  return isFew(rest) ? { kind: 'Except', cells: portsIn(rest) } : undefined
}

function isFew(ranges: readonly PortRange[]): boolean {
  const count = ranges.reduce((sum, { min, max }) => sum + max - min + 1, 0)
  return count <= mostPorts && ranges.every(({ min }) => min > 0)
}

function portsIn(ranges: readonly PortRange[]): number[] {
  return mergePorts(ranges).flatMap(({ min, max }) =>
    Array.from({ length: max - min + 1 }, (_, i) => min + i),
  )
}

export interface Box {
  readonly first: PortRange
  readonly second: PortRange
}

/** A cell is a box of a grid: its row times the number of columns, plus its column. */
export class BoxCells implements CellSpace {
  readonly kind = 'Boxes'
  readonly #grids = new Map<ProtocolKey, Grid>()

  constructor(areas: Iterable<readonly [ProtocolKey, Area]>) {
    for (const [protocol, list] of Map.groupBy(areas, ([protocol]) => protocol)) {
      const own = list.map(([, area]) => area)
      this.#grids.set(protocol, {
        rows: slices(own.flatMap(({ first }) => first)),
        columns: slices(own.flatMap(({ second }) => second)),
      })
    }
  }

  spread(area: Area, protocol: ProtocolKey): Spread {
    if (isEvery(area.first) && isEvery(area.second)) return all
    const { rows, columns } = this.#grid(protocol)
    const [inRows, inColumns] = [within(rows, area.first), within(columns, area.second)]
    const cells = inRows.flatMap((row) => inColumns.map((column) => row * columns.length + column))
    return { kind: 'Only', cells }
  }

  box(protocol: ProtocolKey, cell: number): Box {
    const { rows, columns } = this.#grid(protocol)
    const [first, second] = [rows[Math.floor(cell / columns.length)], columns[cell % columns.length]]
    if (first === undefined || second === undefined) throw new RangeError(`no cell ${cell}`)
    return { first, second }
  }

  #grid(protocol: ProtocolKey): Grid {
    const grid = this.#grids.get(protocol)
    if (grid === undefined) throw new RangeError(`no area of protocol ${protocol} was given`)
    return grid
  }
}

interface Grid {
  readonly rows: readonly PortRange[]
  readonly columns: readonly PortRange[]
}

/** All numbers, cut wherever one of the ranges begins or ends. */
function slices(ranges: readonly PortRange[]): PortRange[] {
  const starts = new Set([0, ...ranges.flatMap(({ min, max }) => [min, max + 1])])
  const sorted = [...starts].filter((start) => start <= 65_535).sort((left, right) => left - right)
  return sorted.map((min, i) => ({ min, max: (sorted[i + 1] ?? 65_536) - 1 }))
}

function within(slices: readonly PortRange[], ranges: readonly PortRange[]): number[] {
  return slices.flatMap(({ min, max }, i) =>
    ranges.some((range) => range.min <= min && max <= range.max) ? [i] : [],
  )
}
