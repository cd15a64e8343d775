/**
 * How large a document becomes when its aliases are written out.
 *
 * The yaml library bounds how often one anchor is used, but not what that adds up to: a large block that is used a
 * thousand times is a thousand large blocks to whoever walks over the value, and to whoever stores it.
 */
import { type Document, isAlias, isCollection, isPair, isScalar, type Node } from 'yaml'

/** All aliases of a document together; the library looks through all of them for each of them. */
const maxAliases = 1000
/** What aliases may add to a document: nodes, and characters of texts. */
const maxAdded = 1_000_000

/** Why a document grows too much, or undefined. Needs that no alias stands within what it stands for. */
export function findExpansion(document: Document): { offset: number; message: string } | undefined {
  const measure = new Measure()
  measure.sizeOf(document.contents)
  const { firstTooMany } = measure
  if (firstTooMany === undefined) return undefined
  const message = `the aliases of this document stand for too much: at most ${maxAliases} aliases, and ${maxAdded} values and characters`
  return { offset: firstTooMany, message }
}

class Measure {
  /** Where the first alias stands that is one too many. */
  firstTooMany: number | undefined
  #aliases = 0
  #added = 0
  readonly #anchors = new Map<string, number>()

  /** Nodes and characters, with aliases written out. */
  sizeOf(node: unknown): number {
    if (isAlias(node)) return this.#sizeOfAlias(node.source, node.range?.[0] ?? 0)
    const size = 1 + this.#contentSize(node)
    const anchor = (node as Node | null)?.anchor
    if (typeof anchor === 'string') this.#anchors.set(anchor, size)
    return size
  }

  #contentSize(node: unknown): number {
    if (isPair(node)) return this.sizeOf(node.key) + this.sizeOf(node.value)
    if (isScalar(node)) return typeof node.value === 'string' ? node.value.length : 0
    if (!isCollection(node)) return 0
    let size = 0
    for (const item of node.items) size += this.sizeOf(item)
    return size
  }

  #sizeOfAlias(source: string, offset: number): number {
    const size = this.#anchors.get(source) ?? 0
    this.#aliases += 1
    this.#added += size
    if (this.#aliases > maxAliases || this.#added > maxAdded) this.firstTooMany ??= offset
    return size
  }
}
