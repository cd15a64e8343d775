/**
 * Paths through a JSON document: `$`, members by `.name` and `['name']`, items by `[3]`, all of either by `.*` and `[*]`.
 *
 * Source: RFC 9535, without what spec/enterprise.md 5.1 leaves out (filters, subexpressions), slices, unions and `..`.
 */

export type JsonPathStep =
  | { readonly kind: 'Member'; readonly name: string }
  | { readonly kind: 'Item'; readonly index: number }
  | { readonly kind: 'All' }

export const jsonPathFormat =
  '"$" and then any of .name, [\'name\'], [3], .* and [*], such as $.entries[*].ip'

const step =
  /^(?:\.(?<dotted>[A-Za-z_][\w-]*)|\[(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")\]|\[(?<index>\d{1,9})\]|(?<all>\.\*|\[\*\]))/

/** Undefined for what is no such path. */
export function parseJsonPath(text: string): JsonPathStep[] | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: JsonPathStep[] = []
  let rest = text.slice(1)
  while (rest !== '') {
    const match = step.exec(rest)
    if (match?.groups === undefined) return undefined
    steps.push(stepOf(match.groups))
    rest = rest.slice(match[0].length)
  }
  return steps
}

function stepOf({ dotted, single, double, index, all }: Partial<Record<string, string>>): JsonPathStep {
  if (all !== undefined) return { kind: 'All' }
  if (index !== undefined) return { kind: 'Item', index: Number(index) }
  return { kind: 'Member', name: dotted ?? single ?? double ?? '' }
}

/** What the path leads to, in order; nothing where it leads nowhere. Members are own ones only. */
export function selectByPath(document: unknown, steps: readonly JsonPathStep[]): unknown[] {
  return steps.reduce<unknown[]>((found, next) => found.flatMap((value) => follow(value, next)), [document])
}

/** In a list of its own, so that `flatMap` takes away no list of the document. */
function follow(value: unknown, next: JsonPathStep): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (next.kind === 'All') return Object.values(value)
  if (next.kind === 'Item')
    return Array.isArray(value) && next.index < value.length ? [value[next.index]] : []
  if (Array.isArray(value) || !Object.hasOwn(value, next.name)) return []
  return [(value as Record<string, unknown>)[next.name]]
}
