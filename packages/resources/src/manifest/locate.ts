import { type Document, isAlias, isMap, isSeq, type Node } from 'yaml'
import { keyText, offsetOf } from './check-document.ts'

/**
 * Where the field at a path stands in the text, as an offset; if it is absent, where its nearest existing ancestor
 * stands. A path is written as in issues: `spec.ingress[0].action`, `metadata.labels[app.kubernetes.io/name]`.
 */
export function locate(document: Document, root: unknown, path: string): number {
  let node = root
  let offset = offsetOf(root)
  for (const step of parsePath(path)) {
    const child = findChild(resolveAlias(document, node), step)
    if (child === undefined) return offset
    node = child.value
    offset = offsetOf(child.start)
  }
  return offset
}

/** The element of a sequence, with what marks its place. */
export function elementAt(document: Document, sequence: unknown, index: number): unknown {
  return findChild(resolveAlias(document, sequence), String(index))?.value
}

/** The value under a key of a mapping. */
export function valueAt(document: Document, mapping: unknown, key: string): unknown {
  return findChild(resolveAlias(document, mapping), key)?.value
}

const pathStep = /\[([^\]]*)\]|([^.[\]]+)/g

function parsePath(path: string): string[] {
  return Array.from(path.matchAll(pathStep), (match) => match[1] ?? match[2] ?? '')
}

interface Child {
  readonly value: unknown
  /** A field starts at its key, an element at itself. */
  readonly start: unknown
}

function findChild(parent: unknown, step: string): Child | undefined {
  if (isSeq(parent)) {
    const value = parent.items[Number(step)]
    return value === undefined ? undefined : { value, start: value }
  }
  if (!isMap(parent)) return undefined
  const pair = parent.items.find((item) => keyText(item.key) === step)
  return pair === undefined ? undefined : { value: pair.value, start: pair.key }
}

function resolveAlias(document: Document, node: unknown): Node | undefined {
  return isAlias(node) ? node.resolve(document) : ((node as Node | null) ?? undefined)
}
