import { matchesSelector, parseSelector, type Selector } from '@margay/resources'
import { usageError } from '../errors.ts'
import { parseJson } from '../read-json.ts'

/** @throws SelectorError with the position, and CliError for labels that are no JSON object of texts */
export function selects(selectorText: string, labelsJson: string): boolean {
  const selector = parseSelector(selectorText)
  return matches(selector, readLabels(labelsJson))
}

export function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return matchesSelector(selector, (name) => (Object.hasOwn(labels, name) ? labels[name] : undefined))
}

/** Whatever this is not, it is not labels. */
export function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((it) => typeof it === 'string')
}

function readLabels(json: string): Readonly<Record<string, string>> {
  const labels = parseJson(json, '--labels')
  if (!isLabels(labels)) throw usageError('--labels must be a JSON object of texts, such as {"app": "web"}')
  return labels
}
