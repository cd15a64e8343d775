/**
 * The `labelSelector` query parameter: equality and set requirements, joined by commas.
 *
 * Source  Kubernetes labels and selectors, list and watch filtering. (Not the Calico selector language.)
 */
import { badRequest } from '../status/api-error.ts'

export type LabelRequirement =
  | { readonly kind: 'Exists' | 'NotExists'; readonly key: string }
  | { readonly kind: 'In' | 'NotIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'Greater' | 'Less'; readonly key: string; readonly bound: number }

const keyPattern =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const valuePattern = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const setPattern = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/
const comparePattern = /^([^=!<>\s]+)\s*(==|!=|=|>|<)\s*(\S*)$/

/** Empty text selects everything. Throws a 400 that quotes the part that can't be read. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  if (text.trim() === '') return []
  return splitRequirements(text).map((part) => parseRequirement(part.trim()))
}

/** All requirements must hold; a missing label satisfies NotIn, as in Kubernetes. */
export function matchesLabels(
  requirements: readonly LabelRequirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every((requirement) => {
    const value =
      labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
    return holds(requirement, value)
  })
}

function holds(requirement: LabelRequirement, value: string | undefined): boolean {
  switch (requirement.kind) {
    case 'Exists':
      return value !== undefined
    case 'NotExists':
      return value === undefined
    case 'In':
      return value !== undefined && requirement.values.includes(value)
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value)
    case 'Greater':
      return isInteger(value) && Number(value) > requirement.bound
    case 'Less':
      return isInteger(value) && Number(value) < requirement.bound
  }
}

/** Commas inside parentheses belong to a set. One pass, whatever the text. */
function splitRequirements(text: string): string[] {
  const parts: string[] = []
  let start = 0
  let isInSet = false
  for (let index = 0; index < text.length; index++) {
    const letter = text[index]
    if (letter === '(') isInSet = true
    else if (letter === ')') isInSet = false
    else if (letter === ',' && !isInSet) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}

function parseRequirement(text: string): LabelRequirement {
  const set = setPattern.exec(text)
  if (set !== null) return parseSet(text, set)
  const compare = comparePattern.exec(text)
  if (compare !== null) return parseComparison(text, compare)
  if (text.startsWith('!')) return { kind: 'NotExists', key: checkedKey(text, text.slice(1).trim()) }
  return { kind: 'Exists', key: checkedKey(text, text) }
}

function parseSet(text: string, [, key = '', operator, list = '']: RegExpExecArray): LabelRequirement {
  const values = list.split(',').map((value) => checkedValue(text, value.trim()))
  return { kind: operator === 'in' ? 'In' : 'NotIn', key: checkedKey(text, key), values }
}

function parseComparison(
  text: string,
  [, key = '', operator, right = '']: RegExpExecArray,
): LabelRequirement {
  const checked = checkedKey(text, key)
  if (operator === '>' || operator === '<') {
    if (!isInteger(right)) throw unreadable(text, `"${right}" is not an integer`)
    return { kind: operator === '>' ? 'Greater' : 'Less', key: checked, bound: Number(right) }
  }
  return { kind: operator === '!=' ? 'NotIn' : 'In', key: checked, values: [checkedValue(text, right)] }
}

function checkedKey(text: string, key: string): string {
  if (!keyPattern.test(key)) throw unreadable(text, `"${key}" is not a label name`)
  return key
}

function checkedValue(text: string, value: string): string {
  if (!valuePattern.test(value)) throw unreadable(text, `"${value}" is not a label value`)
  return value
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^-?\d{1,15}$/.test(value)
}

function unreadable(text: string, why: string): Error {
  return badRequest(`unable to parse the label selector requirement "${text}": ${why}`)
}
