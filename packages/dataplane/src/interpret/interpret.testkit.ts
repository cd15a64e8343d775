/**
 * Runs a ruleset on a packet, as the kernel would: to hold the compiler's output equal to the evaluator on many more cases than
 * packets can be sent for. tests/kernel hold the kernel equal too. Source: Linux, nft_do_chain and the expressions' eval functions.
 */
import type {
  ChainContent,
  Expression,
  NftElement,
  NftRule,
  SetContent,
  TableContent,
  Verdict,
} from '@margay/netlink/nftables'
import { conntrackState } from '@margay/netlink/nftables'
import * as bytes from '../emit/bytes.ts'
import { hex } from '../reconcile/canonical.ts'

export interface Packet {
  readonly iifname: string | undefined
  readonly oifname: string | undefined
  readonly version: 4 | 6
  /** The Ethernet header, at the hook where frames come in. */
  readonly link?: Uint8Array
  /** As linux/if_packet.h numbers them; 0, to this machine, by default. */
  readonly packetType?: number
  /** An IPv6 packet with a fragment header. */
  readonly hasFragmentHeader?: boolean
  /** The whole of the IP header that rules read. */
  readonly network: Uint8Array
  readonly protocol: number
  readonly transport: Uint8Array
  /** Bits of conntrack's status. */
  readonly status?: number
  /** An earlier hook told conntrack not to follow it. */
  readonly isUntracked?: boolean
  /** As an earlier hook left it; 0 by default. */
  readonly mark?: number
}

export interface Outcome {
  readonly verdict: 'accept' | 'drop'
  /** Of the last rule that has one and led on or decided. */
  readonly comment: string | undefined
  /** Of rules that counted the packet, in their order. */
  readonly counted: readonly string[]
  /** As the hook leaves it. */
  readonly mark: number
  /** Conntrack does not follow the packet. */
  readonly isUntracked: boolean
}

export function interpret(content: TableContent, baseChain: string, packet: Packet): Outcome {
  return new Machine(content, packet).run(baseChain)
}

class Machine {
  readonly #content: TableContent
  readonly #packet: Packet
  readonly #registers = new Uint8Array(64)
  #comment: string | undefined
  #mark: Uint8Array
  #isUntracked = false
  readonly #counted: string[] = []

  constructor(content: TableContent, packet: Packet) {
    this.#content = content
    this.#packet = packet
    this.#mark = bytes.hostInt(packet.mark ?? 0)
  }

  run(baseChain: string): Outcome {
    const { chain } = this.#chain(baseChain)
    const verdict = this.#runChain(baseChain, 0)
    const mark = new Uint32Array(this.#mark.buffer)[0] ?? 0
    const left = { counted: this.#counted, mark, isUntracked: this.#isUntracked }
    if (verdict === 'accept' || verdict === 'drop') return { verdict, comment: this.#comment, ...left }
    return { verdict: chain.hook?.policy ?? 'accept', comment: this.#comment, ...left }
  }

  /** `return` comes back to the chain that jumped here. */
  #runChain(name: string, depth: number): 'accept' | 'drop' | 'return' {
    if (depth > 16) throw new Error('jumps are too deep for the kernel')
    let current = name
    for (;;) {
      const verdict = this.#runRules(this.#chain(current).rules, depth)
      if (typeof verdict === 'string') return verdict
      current = verdict.goto
    }
  }

  #runRules(rules: readonly NftRule[], depth: number): 'accept' | 'drop' | 'return' | { goto: string } {
    for (const rule of rules) {
      const verdict = this.#runRule(rule)
      if (verdict === undefined || verdict.kind === 'continue') continue
      this.#comment = rule.comment ?? this.#comment
      if (verdict.kind === 'goto') return { goto: verdict.chain }
      if (verdict.kind === 'return') return 'return'
      if (verdict.kind !== 'jump') return verdict.kind
      const inner = this.#runChain(verdict.chain, depth + 1)
      if (inner !== 'return') return inner
    }
    return 'return'
  }

  #runRule({ expressions, comment = '' }: NftRule): Verdict | undefined {
    for (const expression of expressions) {
      if (expression.type === 'counter') this.#counted.push(comment)
      const result = this.#step(expression)
      if (result === 'break') return undefined
      if (result !== 'next') return result
    }
    return undefined
  }

  #step(expression: Expression): 'next' | 'break' | Verdict {
    switch (expression.type) {
      case 'meta':
        return this.#load(expression.to, this.#meta(expression.key))
      case 'payload': {
        const header = this.#packet[expression.base] ?? new Uint8Array(0)
        const end = expression.offset + expression.length
        return this.#load(
          expression.to,
          end > header.length ? undefined : header.subarray(expression.offset, end),
        )
      }
      case 'exthdr': {
        const { version, hasFragmentHeader } = this.#packet
        return this.#load(
          expression.to,
          version === 4 ? undefined : Uint8Array.of(Number(hasFragmentHeader ?? false)),
        )
      }
      case 'ct':
        return this.#load(
          expression.to,
          bytes.hostInt(expression.key === 'status' ? (this.#packet.status ?? 0) : this.#state),
        )
      case 'set-meta':
        this.#mark = this.#read(expression.from, 4)
        return 'next'
      case 'notrack':
        this.#isUntracked = true
        return 'next'
      case 'immediate':
        return this.#load(expression.to, expression.value)
      case 'bitwise': {
        const from = this.#read(expression.from, expression.mask.length)
        const value = from.map((byte, i) => (byte & (expression.mask[i] ?? 0)) ^ (expression.xor[i] ?? 0))
        return this.#load(expression.to, value)
      }
      case 'cmp': {
        const order = compare(this.#read(expression.from, expression.value.length), expression.value)
        const holds = expression.operator === '==' ? order === 0 : expression.operator === '!=' && order !== 0
        return holds ? 'next' : 'break'
      }
      case 'range': {
        const { operator, from, first, last } = expression
        const value = this.#read(from, first.length)
        const isWithin = compare(value, first) >= 0 && compare(value, last) <= 0
        return isWithin === (operator === '==') ? 'next' : 'break'
      }
      case 'lookup':
        return this.#lookUp(expression)
      case 'verdict':
        return expression.verdict
      case 'counter':
      case 'log':
        return 'next'
      case 'reject':
        return { kind: 'drop' }
      default:
        throw new Error(`the interpreter does not know ${expression.type}`)
    }
  }

  #lookUp({ set, from, to, toVerdict, invert }: Expression & { type: 'lookup' }): 'next' | 'break' | Verdict {
    const content = this.#content.sets.get(set)
    if (content === undefined) throw new Error(`no set ${set}`)
    refuseFull(content)
    const element = find(content, this.#read(from, keyLength(content)))
    if (toVerdict === true || to !== undefined) {
      if (element?.data === undefined) return 'break'
      if (element.data instanceof Uint8Array) return this.#load(to ?? 0, element.data)
      return element.data
    }
    return (element !== undefined) !== (invert === true) ? 'next' : 'break'
  }

  get #state(): number {
    return this.#packet.isUntracked === true ? conntrackState.untracked : conntrackState.new
  }

  #load(register: number, value: Uint8Array | undefined): 'next' | 'break' {
    if (value === undefined) return 'break'
    this.#registers.fill(0, register * 4, register * 4 + Math.ceil(value.length / 4) * 4)
    this.#registers.set(value, register * 4)
    return 'next'
  }

  #read(register: number, length: number): Uint8Array {
    return this.#registers.slice(register * 4, register * 4 + length)
  }

  #meta(key: string): Uint8Array | undefined {
    const { iifname, oifname, protocol, version, packetType, link } = this.#packet
    switch (key) {
      case 'iifname':
        return bytes.interfaceName(iifname ?? '')
      case 'oifname':
        return bytes.interfaceName(oifname ?? '')
      case 'mark':
        return this.#mark
      case 'l4proto':
        return Uint8Array.of(protocol)
      case 'pkttype':
        return Uint8Array.of(packetType ?? 0)
      // Where frames come in it is NFPROTO_NETDEV.
      case 'nfproto':
        return Uint8Array.of(link !== undefined ? 5 : version === 4 ? 2 : 10)
      default:
        throw new Error(`the interpreter does not know meta ${key}`)
    }
  }

  #chain(name: string): ChainContent {
    const content = this.#content.chains.get(name)
    if (content === undefined) throw new Error(`no chain ${name}`)
    return content
  }
}

const lengths = { ipv4_addr: 4, ipv6_addr: 16, ifname: 16 } as Readonly<Record<string, number>>

function fieldLengths({ set }: SetContent): number[] {
  return set.key.map((type) => lengths[type] ?? 4)
}

function keyLength(content: SetContent): number {
  return fieldLengths(content).reduce((sum, length) => sum + length, 0)
}

const hashes = new WeakMap<SetContent, ReadonlyMap<string, NftElement>>()

const madeOnce = new WeakMap<SetContent, readonly NftElement[]>()

function elementsOf(content: SetContent): readonly NftElement[] {
  const known = madeOnce.get(content)
  if (known !== undefined) return known
  const made = [...content.elements]
  madeOnce.set(content, made)
  return made
}

function find(content: SetContent, key: Uint8Array): NftElement | undefined {
  const found = content.set.interval === true ? findInterval(content, key) : hashOf(content).get(hex(key))
  return found ?? elementsOf(content).find((element) => element.key === undefined)
}

function hashOf(content: SetContent): ReadonlyMap<string, NftElement> {
  const known = hashes.get(content)
  if (known !== undefined) return known
  const entries = elementsOf(content).flatMap((element) =>
    element.key === undefined ? [] : [[hex(element.key), element] as const],
  )
  const made = new Map(entries)
  if (made.size !== entries.length) throw new Error(`${content.set.name} has an element twice`)
  hashes.set(content, made)
  return made
}

function findInterval(content: SetContent, key: Uint8Array): NftElement | undefined {
  const holding = elementsOf(content).filter((element) => holds(element, key, fieldLengths(content)))
  if (holding.length > 1) throw new Error(`${content.set.name} has elements that overlap`)
  return holding[0]
}

function holds({ key: first, keyEnd }: NftElement, key: Uint8Array, fields: readonly number[]): boolean {
  if (first === undefined) return false
  let offset = 0
  for (const length of fields) {
    const field = (bytes: Uint8Array) => bytes.subarray(offset, offset + length)
    if (compare(field(key), field(first)) < 0 || compare(field(key), field(keyEnd ?? first)) > 0) return false
    offset += length
  }
  return true
}

function compare(left: Uint8Array, right: Uint8Array): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** As the kernel does. */
function refuseFull({ set: { name, size = Number.POSITIVE_INFINITY }, elements }: SetContent): void {
  const count = [...elements].filter(({ key }) => key !== undefined).length
  if (count > size) throw new Error(`${name} has ${count} elements, but room for ${size}`)
}
