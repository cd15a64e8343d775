/** Texts that are equal for objects that mean the same, whether we made them or the kernel told us of them. */
import type {
  ChainContent,
  DataType,
  Expression,
  NftElement,
  NftRule,
  NftSet,
  SetContent,
} from '@margay/netlink/nftables'

const textByRule = new WeakMap<NftRule, string>()

/** Without what a counter has counted. */
export function ruleText(rule: NftRule): string {
  const known = textByRule.get(rule)
  if (known !== undefined) return known
  const text = JSON.stringify([rule.comment ?? '', rule.expressions.map(expressionText)])
  textByRule.set(rule, text)
  return text
}

export function hasSameRules(one: ChainContent, other: ChainContent): boolean {
  return (
    one.rules.length === other.rules.length &&
    one.rules.every((rule, i) => {
      const counterpart = other.rules[i]
      return counterpart !== undefined && (rule === counterpart || ruleText(rule) === ruleText(counterpart))
    })
  )
}

function expressionText(expression: Expression): string {
  if (expression.type === 'counter') return 'counter'
  const entries = Object.entries(expression as unknown as Readonly<Record<string, unknown>>)
  const given = entries.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(given, (_, value) => plain(value))
}

/** Of what JSON has no form. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  return typeof value === 'bigint' ? String(value) : value
}

/** What can't be changed once it is made. */
export function setText({ key, data, interval, dynamic, timeoutMs, size }: NftSet): string {
  return JSON.stringify([key, data ?? null, interval === true, dynamic === true, timeoutMs ?? 0, size ?? 0])
}

export interface IndexedElement {
  readonly element: NftElement
  /** What it leads to. */
  readonly text: string
}

const indexBySet = new WeakMap<SetContent, ReadonlyMap<string, IndexedElement>>()

/** By a text for its key. Cost: O(elements), once for each content. */
export function elementIndex(content: SetContent): ReadonlyMap<string, IndexedElement> {
  const known = indexBySet.get(content)
  if (known !== undefined) return known
  const index = new Map<string, IndexedElement>()
  for (const element of content.elements) {
    const { key, indexed } = textsOf(element, content.set)
    index.set(key, indexed)
  }
  indexBySet.set(content, index)
  return index
}

interface ElementTexts {
  readonly key: string
  readonly indexed: IndexedElement
}

/** An element is of one set only. */
const textsByElement = new WeakMap<NftElement, ElementTexts>()

function textsOf(element: NftElement, set: NftSet): ElementTexts {
  const known = textsByElement.get(element)
  if (known !== undefined) return known
  const made = { key: keyText(element, set), indexed: { element, text: datumText(element) } }
  textsByElement.set(element, made)
  return made
}

/** Equal for elements of the same key: within a set, keys have the same length. */
export function keyText(
  { key, keyEnd }: Pick<NftElement, 'key' | 'keyEnd'>,
  { key: types, interval }: NftSet,
): string {
  if (key === undefined) return ''
  const first = bytesText(unpadded(key, types))
  return interval === true ? [first, bytesText(unpadded(keyEnd ?? key, types))].join('') : first
}

/** A dump has the key of a single field without its padding. */
function unpadded(key: Uint8Array, types: readonly DataType[]): Uint8Array {
  const [only] = types
  const length = types.length === 1 && only !== undefined ? shortTypes[only] : undefined
  return length === undefined ? key : key.subarray(0, length)
}

const shortTypes: Partial<Record<DataType, number>> = {
  inet_proto: 1,
  nf_proto: 1,
  icmp_type: 1,
  icmpv6_type: 1,
  inet_service: 2,
  ether_addr: 6,
}

/** Equal where they lead to the same. */
export function datumText({ data }: Pick<NftElement, 'data'>): string {
  if (data === undefined) return ''
  if (data instanceof Uint8Array) return bytesText(data)
  return 'chain' in data ? `${data.kind} ${data.chain}` : data.kind
}

/** A character for each byte. There is one for each element: a text put together piece by piece takes several times the room. */
export function bytesText(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, undefined, bytes)
}

const octets = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += octets[byte]
  return text
}
