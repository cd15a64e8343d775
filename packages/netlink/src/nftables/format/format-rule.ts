/** A rule as text much like nft(8)'s, for people to read: golden files, dry runs, error texts. It is not meant to be parsed. */
import { concatenatedBytes } from '../data-types.ts'
import type {
  BitwiseExpression,
  CompareExpression,
  ConntrackExpression,
  ConntrackTupleExpression,
  Expression,
  FibExpression,
  LookupExpression,
  NftRule,
  NftSet,
} from '../model.ts'
import { formatStatement } from './format-statement.ts'
import { formatBytes, formatRange, formatValue, littleEndian, maskLength } from './format-value.ts'
import { type Held, metaHeld, payloadHeld, Registers } from './registers.ts'

export interface RuleContext {
  /** Tells how many registers a look-up takes, and what a map's datum is. Without: all fields that lie in a row. */
  readonly sets?: ReadonlyMap<string, Pick<NftSet, 'key' | 'data'>>
  readonly family?: string
}

/** One line, without indentation. */
export function formatRule({ expressions, comment }: NftRule, context: RuleContext = {}): string {
  const reader = new RuleReader(context)
  const parts = expressions.flatMap((expression) => reader.read(expression))
  return [...parts, ...(comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`])].join(' ')
}

/** Loads only say what a register holds; what is then done with it is a part of the text. */
class RuleReader {
  readonly #context: RuleContext
  readonly #registers = new Registers()
  #protocol: string | undefined

  constructor(context: RuleContext) {
    this.#context = context
  }

  read(it: Expression): string[] {
    switch (it.type) {
      case 'meta':
        this.#registers.hold(it.to, metaHeld(it.key))
        return []
      case 'payload':
        this.#registers.hold(
          it.to,
          payloadHeld(it, { isArp: this.#context.family === 'arp', protocol: this.#protocol }),
        )
        return []
      case 'exthdr':
        this.#registers.hold(it.to, { text: `exthdr ${it.header}`, kind: 'presence', bytes: 1 })
        return []
      case 'ct':
        this.#registers.hold(it.to, conntrackHeld(it))
        return []
      case 'fib':
        this.#registers.hold(it.to, fibHeld(it))
        return []
      case 'immediate':
        this.#registers.hold(it.to, {
          text: formatBytes(it.value),
          kind: 'bytes',
          bytes: it.value.length,
        })
        return []
      case 'bitwise':
        this.#registers.hold(it.to, masked(this.#registers.at(it.from), it))
        return []
      case 'cmp':
        return [this.#compare(it)]
      case 'range': {
        const held = this.#registers.at(it.from)
        const range = formatRange(held.kind, it.first, it.last)
        return [`${held.text} ${it.operator === '!=' ? '!= ' : ''}${range}`]
      }
      case 'lookup':
        return this.#lookUp(it)
      case 'set-meta':
        return [`meta ${it.key} set ${settable(this.#registers.at(it.from))}`]
      default:
        return [formatStatement(it)]
    }
  }

  #compare({ from, operator, value }: CompareExpression): string {
    const held = this.#registers.at(from)
    if (held.text === 'meta l4proto' && operator === '==') this.#protocol = formatValue('inet_proto', value)
    if (held.mask !== undefined) return compareMasked(held, held.mask, operator, value)
    return `${held.text} ${operator === '==' ? '' : `${operator} `}${formatValue(held.kind, value)}`
  }

  #lookUp({ set, from, to, toVerdict, invert }: LookupExpression): string[] {
    const known = this.#context.sets?.get(set)
    const row = this.#registers.row(from, known === undefined ? undefined : concatenatedBytes(known.key))
    const key = row.map(textOf).join(' . ')
    if (toVerdict === true) return [`${key} vmap @${set}`]
    if (to === undefined) return [`${key} ${invert === true ? '!= ' : ''}@${set}`]
    const data = Array.isArray(known?.data) ? known.data : []
    const kind = data.length === 1 ? data[0] : undefined
    const bytes = data.length === 0 ? 4 : concatenatedBytes(data)
    this.#registers.hold(to, { text: `${key} map @${set}`, kind: kind ?? 'bytes', bytes })
    return []
  }
}

const conntrackKinds = {
  state: ['ct_state', 4],
  status: ['ct_status', 4],
  mark: ['mark', 4],
  direction: ['ct_direction', 1],
  l3proto: ['nf_proto', 1],
  protocol: ['inet_proto', 1],
  'ip saddr': ['ipv4_addr', 4],
  'ip daddr': ['ipv4_addr', 4],
  'ip6 saddr': ['ipv6_addr', 16],
  'ip6 daddr': ['ipv6_addr', 16],
  'proto-src': ['inet_service', 2],
  'proto-dst': ['inet_service', 2],
} as const

function conntrackHeld(it: ConntrackExpression | ConntrackTupleExpression): Held {
  const [kind, bytes] = conntrackKinds[it.key]
  return { text: 'direction' in it ? `ct ${it.direction} ${it.key}` : `ct ${it.key}`, kind, bytes }
}

function fibHeld({ lookUp, with: keys, result }: FibExpression): Held {
  const kind = result === 'type' ? 'address_type' : result === 'oifname' ? 'ifname' : 'integer'
  const text = `fib ${[lookUp, ...keys].join(' . ')} ${result}`
  return { text, kind, bytes: result === 'oifname' ? 16 : 4 }
}

/** `& mask` alone keeps the kind of values; with a `^` it is just a number. */
function masked(held: Held, { mask, xor }: BitwiseExpression): Held {
  if (xor.every((byte) => byte === 0)) return { ...held, mask }
  return { ...held, text: `${held.text} & ${number(mask)} ^ ${number(xor)}` }
}

function textOf({ text, mask }: Held): string {
  return mask === undefined ? text : `${text} & ${number(mask)}`
}

function settable({ text, mask, kind, bytes }: Held): string {
  if (kind === 'bytes' && text.startsWith('0x') && bytes <= 4)
    return `0x${littleEndian(bytesOf(text))
      .toString(16)
      .padStart(bytes * 2, '0')}`
  return textOf({ text, kind, bytes, ...(mask === undefined ? {} : { mask }) })
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.slice(2).match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function compareMasked(held: Held, mask: Uint8Array, operator: string, value: Uint8Array): string {
  const isEqual = operator === '==' || operator === '!='
  const isZero = value.every((byte) => byte === 0)
  const flags = held.kind === 'ct_state' || held.kind === 'ct_status'
  if (flags && isEqual && isZero)
    return `${held.text} ${operator === '==' ? '! ' : ''}${formatValue(held.kind, mask)}`
  const length = held.kind === 'ipv4_addr' || held.kind === 'ipv6_addr' ? maskLength(mask) : undefined
  if (length !== undefined && isEqual)
    return `${held.text} ${operator === '==' ? '' : '!= '}${formatValue(held.kind, value)}/${length}`
  const shown = held.kind === 'bytes' ? formatBytes : number
  return `${held.text} & ${shown(mask)} ${operator} ${shown(value)}`
}

/** Marks and the like are in host order. */
function number(bytes: Uint8Array): string {
  if (bytes.length > 4) return formatBytes(bytes)
  return `0x${littleEndian(bytes)
    .toString(16)
    .padStart(bytes.length * 2, '0')}`
}
