/**
 * From the text of a manifest file to plain values, each of which knows its place in the text.
 *
 * YAML with any number of documents, or JSON, which is YAML too. A document of kind List, or of a kind that ends in List
 * and has items, stands for its items, as it does for kubectl.
 */
import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import { type Fault, findFault, firstAliasOffset } from './check-document.ts'
import { findExpansion } from './expansion.ts'
import { kubernetesTags } from './kubernetes-yaml.ts'
import { elementAt, locate, valueAt } from './locate.ts'
import { ManifestError } from './manifest-error.ts'
import { costsMoreThan } from './yaml-cost.ts'

/** One object of a manifest file; nothing is known yet of what it holds. */
export interface ManifestDocument {
  readonly file: string
  /** Its place among all objects of the file, from 0. Empty documents do not count, and a list counts as its items. */
  readonly index: number
  /** Plain JSON: objects, arrays, texts, finite numbers, booleans and null. */
  readonly value: unknown
  /**
   * The line, from 1, of the field at a path such as `spec.ingress[0].action` or `metadata.labels[example.com/a]`; of
   * its nearest existing ancestor if it is absent; of the object for the empty path.
   */
  lineOf(path: string): number
}

export interface ManifestLimits {
  /** Tokens and escapes, for who reads what strangers send: a thousand take a few milliseconds. Without it, no limit. */
  readonly maxSteps?: number
}

/** `file` is only a name for messages. Throws ManifestError at the first thing that is wrong. */
export function parseManifests(
  text: string,
  file: string,
  { maxSteps }: ManifestLimits = {},
): ManifestDocument[] {
  if (maxSteps !== undefined && costsMoreThan(maxSteps, text)) {
    throw new ManifestError(
      { file, line: 1, column: 1 },
      `it has more than ${maxSteps} tokens, too many to read as YAML`,
    )
  }
  const source = new Source(text, file)
  return source
    .parse()
    .flatMap((document) => objectsOf(document, source.valueOf(document), document.contents))
    .map(({ value, document, node }, index) => ({
      file,
      index,
      value,
      lineOf: (path: string) => source.lineAt(locate(document, node, path)),
    }))
}

/** How many nodes aliases may stand for, all in all: enough for shared blocks, too few for a bomb. */
const maxAliasCount = 1000

class Source {
  readonly #text: string
  readonly #file: string
  readonly #lines = new LineCounter()

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  /** The documents that hold something. */
  parse(): Document[] {
    const documents = this.#guarded(() => this.#parseAll())
    for (const document of documents) {
      const [problem] = [...document.errors, ...document.warnings]
      if (problem !== undefined)
        throw this.#error({ offset: problem.pos[0], message: problem.message }, problem)
      const fault = this.#guarded(() => findFault(document) ?? findExpansion(document))
      if (fault !== undefined) throw this.#error(fault)
    }
    return documents.filter((document) => document.contents !== null)
  }

  valueOf(document: Document): unknown {
    return this.#guarded(() => document.toJS({ maxAliasCount }), firstAliasOffset(document))
  }

  lineAt(offset: number): number {
    return this.#lines.linePos(offset).line
  }

  #parseAll(): Document[] {
    const documents = parseAllDocuments(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Our own check is linear in the number of keys, and compares them as JSON will.
      uniqueKeys: false,
      schema: 'failsafe',
      customTags: kubernetesTags,
      resolveKnownTags: false,
    })
    return 'empty' in documents ? [] : documents
  }

  /** The library throws ReferenceError for aliases that lead astray, and runs out of stack on what is too deep. */
  #guarded<T>(read: () => T, offset = 0): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof RangeError)
        throw this.#error({ offset: 0, message: 'it is nested too deeply' }, error)
      if (error instanceof Error) throw this.#error({ offset, message: error.message }, error)
      throw error
    }
  }

  #error(fault: Fault, cause?: unknown): ManifestError {
    const { line, col } = this.#lines.linePos(fault.offset)
    const place = { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) }
    return new ManifestError(place, describe(fault.message), { cause })
  }
}

/** One line, and in the words of a manifest: the library passes on the engine's own words for running out of stack. */
function describe(message: string): string {
  if (message.startsWith('Maximum call stack')) return 'the document is nested too deeply'
  return message.split('\n', 1)[0] ?? message
}

interface Located {
  readonly value: unknown
  readonly document: Document
  readonly node: unknown
}

function objectsOf(document: Document, value: unknown, node: unknown): Located[] {
  if (value === null) return []
  if (!isList(value)) return [{ value, document, node }]
  const items = valueAt(document, node, 'items')
  return value.items.flatMap((item, index) =>
    objectsOf(document, withKindOf(value, item), elementAt(document, items, index)),
  )
}

interface ObjectList {
  readonly kind: string
  readonly apiVersion?: unknown
  readonly items: readonly unknown[]
}

function isList(value: unknown): value is ObjectList {
  if (!isRecord(value)) return false
  return typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)
}

/** The items of a PodList are pods, and an API server does not repeat that in each of them. */
function withKindOf(list: ObjectList, item: unknown): unknown {
  if (list.kind === 'List' || !isRecord(item) || item.kind !== undefined) return item
  return { apiVersion: list.apiVersion, kind: list.kind.slice(0, -'List'.length), ...item }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
