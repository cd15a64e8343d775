/** Which labels would make an endpoint one that a selector selects? */
import { matchesSelector, type Selector } from '@margay/resources'

type Labels = ReadonlyMap<string, string>
export type Added = Readonly<Record<string, string>>

/** Labels to add, none of them one that is there; empty if it is selected already. Undefined where adding labels can't do it. */
export function satisfyingLabels(selector: Selector, labels: Labels): Added | undefined {
  if (matchesSelector(selector, (name) => labels.get(name))) return {}
  switch (selector.kind) {
    case 'Has':
      return { [selector.label]: '' }
    case 'Equals':
      return labels.has(selector.label) ? undefined : { [selector.label]: selector.value }
    case 'In': {
      const [first] = selector.values
      return labels.has(selector.label) || first === undefined ? undefined : { [selector.label]: first }
    }
    case 'And':
      return allOf(selector.operands.map((it) => satisfyingLabels(it, labels)))
    case 'Or':
      return fewest(selector.operands.map((it) => satisfyingLabels(it, labels)))
    default:
      return undefined
  }
}

function allOf(parts: readonly (Added | undefined)[]): Added | undefined {
  const found = parts.filter((it) => it !== undefined)
  if (found.length < parts.length) return undefined
  const all: Added = Object.assign({}, ...found)
  // One of several values that are asked of the same label can't be had.
  const isConsistent = found.every((part) =>
    Object.entries(part).every(([name, value]) => all[name] === value),
  )
  return isConsistent ? all : undefined
}

function fewest(parts: readonly (Added | undefined)[]): Added | undefined {
  return parts
    .filter((it) => it !== undefined)
    .sort((a, b) => Object.keys(a).length - Object.keys(b).length)
    .at(0)
}

/** The labels that a selector speaks of. */
export function labelsNamed(selector: Selector): string[] {
  switch (selector.kind) {
    case 'All':
    case 'Global':
      return []
    case 'Not':
      return labelsNamed(selector.operand)
    case 'And':
    case 'Or':
      return [...new Set(selector.operands.flatMap(labelsNamed))]
    default:
      return [selector.label]
  }
}
