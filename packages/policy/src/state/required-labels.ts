import type { Selector } from '@margay/resources'

/** That a label is there. */
export interface Requirement {
  readonly name: string
  /** Undefined: whatever value it has. */
  readonly value: string | undefined
}

/**
 * Lists of requirements: whatever the selector matches meets at least one of each list. None when it may match without any.
 * Source: the semantics of selectors, spec/api.md 3.
 */
export function requiredLabels(selector: Selector): readonly (readonly Requirement[])[] {
  switch (selector.kind) {
    case 'Equals':
      return [[{ name: selector.label, value: selector.value }]]
    case 'In':
      return [selector.values.map((value) => ({ name: selector.label, value }))]
    case 'Has':
    case 'Contains':
    case 'StartsWith':
    case 'EndsWith':
      return [[{ name: selector.label, value: undefined }]]
    case 'And':
      return selector.operands.flatMap(requiredLabels)
    case 'Or': {
      const firsts = selector.operands.map((operand) => requiredLabels(operand)[0])
      return firsts.every((list) => list !== undefined) ? [firsts.flat()] : []
    }
    default:
      return []
  }
}

/** Whatever meets its requirements is selected: it says nothing else. */
export function isRequirement({ kind }: Selector): boolean {
  return kind === 'Equals' || kind === 'In' || kind === 'Has'
}

/** The list of least weight, of equal ones the first; undefined of none. */
export function lightest<T>(
  lists: readonly (readonly T[])[],
  weightOf: (requirement: T) => number,
): readonly T[] | undefined {
  let best: { readonly list: readonly T[]; readonly weight: number } | undefined
  for (const list of lists) {
    const weight = list.reduce((sum, it) => sum + weightOf(it), 0)
    if (best === undefined || weight < best.weight) best = { list, weight }
  }
  return best?.list
}
