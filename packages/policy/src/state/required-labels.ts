import type { Selector } from '@margay/resources'

/** A label with a value, as one text. */
export function labelKey(name: string, value: string): string {
  return `${name}\0${value}`
}

/**
 * Lists of labels: whatever the selector matches has at least one label of each list. None when it may match without any.
 * Source: the semantics of selectors, spec/api.md 3.
 */
export function requiredLabels(selector: Selector): readonly (readonly string[])[] {
  switch (selector.kind) {
    case 'Equals':
      return [[labelKey(selector.label, selector.value)]]
    case 'In':
      return [selector.values.map((value) => labelKey(selector.label, value))]
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

/** The list of least weight; undefined of none. */
export function lightest(
  lists: readonly (readonly string[])[],
  weightOf: (label: string) => number,
): readonly string[] | undefined {
  let best: { readonly list: readonly string[]; readonly weight: number } | undefined
  for (const list of lists) {
    const weight = list.reduce((sum, label) => sum + weightOf(label), 0)
    if (best === undefined || weight < best.weight) best = { list, weight }
  }
  return best?.list
}
