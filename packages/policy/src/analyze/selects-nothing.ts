/** Can a selector match anything at all, whatever labels there are? Sound, not complete: true only when it surely can't. */
import type { Selector } from '@margay/resources'

export function selectsNothing(selector: Selector): boolean {
  switch (selector.kind) {
    case 'In':
      return selector.values.length === 0
    case 'Not':
      return selector.operand.kind === 'All'
    case 'Or':
      return selector.operands.every(selectsNothing)
    case 'And':
      return contradicts(flatten(selector))
    default:
      return false
  }
}

function flatten(selector: Selector): Selector[] {
  return selector.kind === 'And' ? selector.operands.flatMap(flatten) : [selector]
}

/** No value of a label, its absence included, meets all that the terms say of it. */
function contradicts(terms: readonly Selector[]): boolean {
  if (terms.some(selectsNothing)) return true
  const demands = terms.flatMap(demandOf)
  const byLabel = Map.groupBy(demands, ({ label }) => label)
  return [...byLabel.values()].some((ofLabel) => !isPossible(ofLabel))
}

interface Demand {
  readonly label: string
  /** Undefined: it does not matter whether the label is there. */
  readonly isPresent: boolean | undefined
  readonly holds: (value: string | undefined) => boolean
  /** The only values that can hold; undefined where it names none. */
  readonly candidates?: readonly string[]
}

/** Of a term that is neither And nor Or; of those nothing is known here. */
function demandOf(term: Selector): Demand[] {
  switch (term.kind) {
    case 'Not':
      return negated(term.operand)
    case 'Has':
      return [{ label: term.label, isPresent: true, holds: (value) => value !== undefined }]
    case 'Equals':
      return oneOf(term.label, [term.value])
    case 'In':
      return oneOf(term.label, term.values)
    case 'NotEquals':
      return noneOf(term.label, [term.value])
    case 'NotIn':
      return noneOf(term.label, term.values)
    case 'Contains':
      return [present(term.label, (value) => value.includes(term.value))]
    case 'StartsWith':
      return [present(term.label, (value) => value.startsWith(term.value))]
    case 'EndsWith':
      return [present(term.label, (value) => value.endsWith(term.value))]
    default:
      return []
  }
}

function negated(operand: Selector): Demand[] {
  switch (operand.kind) {
    case 'Has':
      return [{ label: operand.label, isPresent: false, holds: (value) => value === undefined }]
    case 'Equals':
      return noneOf(operand.label, [operand.value])
    case 'In':
      return noneOf(operand.label, operand.values)
    case 'NotEquals':
      return oneOf(operand.label, [operand.value])
    case 'NotIn':
      return oneOf(operand.label, operand.values)
    default:
      return []
  }
}

function oneOf(label: string, values: readonly string[]): Demand[] {
  return [{ ...present(label, (value) => values.includes(value)), candidates: values }]
}

function noneOf(label: string, values: readonly string[]): Demand[] {
  return [{ label, isPresent: undefined, holds: (value) => value === undefined || !values.includes(value) }]
}

function present(label: string, holds: (value: string) => boolean): Demand {
  return { label, isPresent: true, holds: (value) => value !== undefined && holds(value) }
}

/** Where values are named, one of them must do; else only a label that must be there and must not is impossible. */
function isPossible(demands: readonly Demand[]): boolean {
  const named = demands.find(({ candidates }) => candidates !== undefined)?.candidates
  if (named !== undefined) return named.some((value) => demands.every(({ holds }) => holds(value)))
  const wants = new Set(demands.map(({ isPresent }) => isPresent))
  return !(wants.has(true) && wants.has(false))
}
