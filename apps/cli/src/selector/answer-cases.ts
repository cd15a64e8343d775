import { parseSelector, SelectorError } from '@margay/resources'
import { usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { nameOf, readJson } from '../read-json.ts'
import { isLabels, matches } from './selects.ts'

/** For each case of the file, whether it matches, or "error" for a malformed selector. */
export async function answerCases(path: string, io: Io): Promise<(boolean | 'error')[]> {
  const cases = await readJson(path, io)
  if (!Array.isArray(cases)) throw usageError(`${nameOf(path)}: must be a JSON list of {selector, labels}`)
  return cases.map((it: unknown, index) => answer(it, `${nameOf(path)}: [${index}]`))
}

function answer(value: unknown, where: string): boolean | 'error' {
  const { selector, labels } =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  if (typeof selector !== 'string') throw usageError(`${where}.selector: must be a text`)
  if (labels !== undefined && labels !== null && !isLabels(labels))
    throw usageError(`${where}.labels: must be an object of texts, such as {"app": "web"}`)
  try {
    return matches(parseSelector(selector), labels ?? {})
  } catch (error) {
    if (error instanceof SelectorError) return 'error'
    throw error
  }
}
