/**
 * The elements of one set, in little memory: a node of a large cluster has tens of thousands, and most are a number that leads to another
 * number or to a chain. So they are kept as that, and made when they are gone through.
 */
import type { NftElement, NftElements, NftSet } from '@margay/netlink/nftables'
import { bytesText, datumText } from '../reconcile/canonical.ts'

/** A word as a number, which V8 holds without an object; other keys as one character for each byte; no key for the catch-all element. */
export type StoredKey = number | string

/** What it leads to: a word, longer data behind `dataMark`, or the chain of a `goto`. An element with anything else is kept as it is. */
export type Stored = number | string | NftElement

/** No chain's name begins so. */
const dataMark = '\0'

const catchAll = ''
const wordBytes = 4

export class ElementStore {
  readonly set: NftSet
  #entries = new Map<StoredKey, Stored>()
  /** Somebody goes through what is there now: what changes from now on changes a copy. */
  #isShared = false

  constructor(set: NftSet) {
    this.set = set
  }

  get(key: StoredKey): Stored | undefined {
    return this.#entries.get(key)
  }

  /** `undefined` removes it. */
  put(key: StoredKey, stored: Stored | undefined): void {
    if (this.#isShared) this.#entries = new Map(this.#entries)
    this.#isShared = false
    if (stored === undefined) this.#entries.delete(key)
    else this.#entries.set(key, stored)
  }

  /** As they are now, whatever changes later. */
  snapshot(): NftElements {
    this.#isShared = true
    return new StoredElements(this.#entries)
  }

  /** As they are now, to be changed apart. */
  entries(): Map<StoredKey, Stored> {
    return new Map(this.#entries)
  }
}

/** Elements that are made while they are gone through, anew each time. */
export class StoredElements implements NftElements {
  readonly #entries: ReadonlyMap<StoredKey, Stored>

  constructor(entries: ReadonlyMap<StoredKey, Stored>) {
    this.#entries = entries
  }

  get length(): number {
    return this.#entries.size
  }

  *[Symbol.iterator](): Generator<NftElement, undefined> {
    for (const [key, stored] of this.#entries) yield asElement(stored, bytesOf(key))
  }
}

/** Equal for elements of the same key. In a set of intervals, a single key is its own last. */
export function keyOf(
  { key, keyEnd }: Pick<NftElement, 'key' | 'keyEnd'>,
  { interval }: Pick<NftSet, 'interval'>,
): StoredKey {
  if (key === undefined) return catchAll
  if (interval === true) return bytesText(key) + bytesText(keyEnd ?? key)
  return key.length === wordBytes ? wordOf(key) : bytesText(key)
}

export function storedOf(element: NftElement, { interval }: Pick<NftSet, 'interval'>): Stored {
  const { data, comment, key } = element
  if (comment !== undefined || (interval === true && key !== undefined)) return element
  if (data instanceof Uint8Array) return data.length === wordBytes ? wordOf(data) : dataMark + bytesText(data)
  return data?.kind === 'goto' ? data.chain : element
}

export function isSameStored(one: Stored, other: Stored): boolean {
  if (typeof one !== 'object' && typeof other !== 'object') return one === other
  return datumText(asElement(one)) === datumText(asElement(other))
}

/** Without a key, where it stands for what it leads to. */
function asElement(stored: Stored, key?: Uint8Array): NftElement {
  if (typeof stored === 'object') return stored
  if (typeof stored === 'number') return { key, data: word(stored) }
  if (stored.startsWith(dataMark)) return { key, data: charBytes(stored.slice(dataMark.length)) }
  return { key, data: { kind: 'goto', chain: stored } }
}

function bytesOf(key: StoredKey): Uint8Array | undefined {
  if (key === catchAll) return undefined
  return typeof key === 'number' ? word(key) : charBytes(key)
}

/** What `bytesText` made a text of. */
function charBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0))
}

/** Signed, since V8 holds other numbers of 32 bits in an object. */
function wordOf([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number {
  return (a << 24) | (b << 16) | (c << 8) | d
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}
