/**
 * What well-formed YAML may hold and a manifest may not: a key twice, a key that is not a plain word, or an alias
 * that would blow up. All of it would otherwise be guessed at in silence.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, type Node, type Pair, visit } from 'yaml'

/** Something wrong, at an offset into the text of the whole file. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

/** The first fault in the order of the text. Cost: linear in the document. */
export function findFault(document: Document): Fault | undefined {
  const anchors = new Map<string, Node>()
  let fault: Fault | undefined
  visit(document, {
    Node: (_key, node, path) => {
      if (isAlias(node)) fault = findLoop(node, anchors.get(node.source), path)
      else if (node.anchor !== undefined) anchors.set(node.anchor, node)
      if (isMap(node)) fault = findKeyFault(node.items)
      return fault === undefined ? undefined : visit.BREAK
    },
  })
  return fault
}

/** The place of the first alias, to which an error of expanding them is attributed. */
export function firstAliasOffset(document: Document): number {
  let offset: number | undefined
  visit(document, {
    Alias: (_key, alias) => {
      offset = alias.range?.[0]
      return visit.BREAK
    },
  })
  return offset ?? offsetOf(document.contents)
}

/** The text of a key as it will be in JSON. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  return typeof key.value === 'symbol' ? '<<' : String(key.value)
}

/** Where a node starts; 0 if that is not known. */
export function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0
}

/** An alias of something that it is a part of: as JSON, that would have no end. */
function findLoop(alias: Alias, target: Node | undefined, path: readonly unknown[]): Fault | undefined {
  if (target === undefined || !path.includes(target)) return undefined
  return { offset: offsetOf(alias), message: `the alias *${alias.source} stands within what it stands for` }
}

function findKeyFault(pairs: readonly Pair[]): Fault | undefined {
  const seen = new Set<string>()
  for (const { key } of pairs) {
    const text = keyText(key)
    if (text === undefined) return { offset: offsetOf(key), message: 'a key must be a plain text' }
    if (seen.has(text)) return { offset: offsetOf(key), message: `the key "${text}" stands here twice` }
    seen.add(text)
  }
  return undefined
}
