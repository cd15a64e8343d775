/** A column ▶ a chain: the packet's cell leads to a terminal; else its protocol; else whatever it is. */
import type {
  ChainContent,
  Expression,
  NftElement,
  NftRule,
  NftSet,
  SetContent,
} from '@margay/netlink/nftables'
import { BoxCells, type CellSpace } from '../decide/cells.ts'
import type { Column } from '../decide/column.ts'
import type { Outcome } from '../decide/outcome.ts'
import * as bytes from './bytes.ts'
import { goTo, goToVerdict, portEquals, protocol, rule, transport, verdictFrom } from './expressions.ts'

/** Up to so many are asked one by one, which costs less than a look-up, and reads better. */
const mostRules = 4

export interface ColumnChain {
  readonly chain: ChainContent
  readonly sets: readonly SetContent[]
}

export interface ColumnContext {
  readonly name: string
  readonly space: CellSpace
  /** The chain that does what an outcome says. */
  readonly terminal: (outcome: Outcome) => string
}

/** Equal for columns whose chains are equal. */
export function columnText(
  { others, protocols }: Column,
  { space, terminal }: Omit<ColumnContext, 'name'>,
): string {
  const ofProtocols = [...protocols].map(([protocol, { rest, cells }]) => [
    protocol,
    terminal(rest),
    ...[...cells]
      .map(([cell, outcome]) => `${JSON.stringify(cellOf(space, protocol, cell))} ${terminal(outcome)}`)
      .sort(),
  ])
  return JSON.stringify([
    terminal(others),
    ...ofProtocols.sort(([one], [other]) => Number(one) - Number(other)),
  ])
}

function cellOf(space: CellSpace, protocol: number, cell: number): unknown {
  return space instanceof BoxCells ? space.box(protocol, cell) : cell
}

/** Undefined when nothing of the packet matters: then the terminal of `others` does all. */
export function columnChain(column: Column, context: ColumnContext): ColumnChain | undefined {
  const { name, terminal } = context
  const cells = cellElements(column, context)
  const protocols = [...column.protocols].filter(([, { rest }]) => rest.key !== column.others.key)
  if (cells.length === 0 && protocols.length === 0) return undefined
  const byCell = cells.length <= mostRules ? undefined : cellMap(context)
  const rules = [
    ...(byCell === undefined
      ? cells.map((cell) => cellRule(context.space, cell))
      : [rule(loadCell(context.space), verdictFrom(byCell.name, 0))]),
    ...protocols.map(([number, { rest }]) => rule(protocol(number), goTo(terminal(rest)))),
    rule(goTo(terminal(column.others))),
  ]
  return {
    chain: { chain: { name }, rules: rules.slice(byCell !== undefined && cells.length === 0 ? 1 : 0) },
    sets: byCell === undefined || cells.length === 0 ? [] : [{ set: byCell, elements: cells }],
  }
}

function cellMap({ name, space }: ColumnContext): NftSet {
  if (space.kind === 'Ports')
    return { name: `${name}-ports`, key: ['inet_proto', 'inet_service'], data: 'verdict' }
  const key = ['inet_proto', 'inet_service', 'inet_service'] as const
  return { name: `${name}-boxes`, key, data: 'verdict', interval: true }
}

function cellElements({ protocols }: Column, { space, terminal }: ColumnContext): NftElement[] {
  return [...protocols].flatMap(([protocol, { cells }]) =>
    [...cells].map(([cell, outcome]) => ({
      ...cellKey(space, protocol, cell),
      data: goToVerdict(terminal(outcome)),
    })),
  )
}

/** Protocol and destination port, or a box of protocol and the first four bytes behind the IP header. */
function cellKey(space: CellSpace, protocol: number, cell: number): Pick<NftElement, 'key' | 'keyEnd'> {
  if (!(space instanceof BoxCells)) return { key: bytes.concat(bytes.octet(protocol), bytes.port(cell)) }
  const { first, second } = space.box(protocol, cell)
  return {
    key: bytes.concat(bytes.octet(protocol), bytes.port(first.min), bytes.port(second.min)),
    keyEnd: bytes.concat(bytes.octet(protocol), bytes.port(first.max), bytes.port(second.max)),
  }
}

/** Ends the rule for packets that have no such header. */
function loadCell({ kind }: CellSpace): Expression[] {
  const number: Expression = { type: 'meta', key: 'l4proto', to: 0 }
  const load = (offset: 0 | 2, to: number): Expression => ({ ...transport(offset), to })
  return kind === 'Ports' ? [number, load(2, 1)] : [number, load(0, 1), load(2, 2)]
}

/** The same question without a look-up. */
function cellRule({ kind }: CellSpace, { key = new Uint8Array(), keyEnd = key, data }: NftElement): NftRule {
  const [number = 0] = key
  const verdict = data as Extract<NftElement['data'], { kind: unknown }>
  const within = (at: number, offset: 0 | 2) =>
    isWithin(offset, key.slice(at, at + 2), keyEnd.slice(at, at + 2))
  const header = kind === 'Ports' ? within(4, 2) : [...within(4, 0), ...within(8, 2)]
  return rule(protocol(number), header, { type: 'verdict', verdict })
}

/** Two bytes of the transport header; nothing where they may be any. */
function isWithin(offset: 0 | 2, first: Uint8Array, last: Uint8Array): Expression[] {
  const [min, max] = [first, last].map((it) => ((it[0] ?? 0) << 8) | (it[1] ?? 0))
  if (min === 0 && max === 0xffff) return []
  if (min === max) return [transport(offset), portEquals(min ?? 0)]
  return [transport(offset), { type: 'range', operator: '==', from: 0, first, last }]
}
