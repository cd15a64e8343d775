/** Selector fields. Numbers of rules: spec/api.md 2.1. */
import { forbidden, type Issue, invalid } from '../../schema/issue.ts'
import { parseSelector, SelectorError } from '../../selector/index.ts'

/** 45 and 66: the text must parse. */
export function* checkSelector(text: string | undefined, path: string): Iterable<Issue> {
  if (text === undefined) return
  const error = selectorError(text)
  if (error !== undefined)
    yield invalid(path, `is no selector: at character ${error.position}, expected ${error.expected}`)
}

/** 42 and 44: `global(` may not occur, not even in a literal. */
export function* checkNoGlobal(text: string | undefined, path: string): Iterable<Issue> {
  if (text?.includes('global(') === true)
    yield forbidden(path, 'global() is only allowed in the namespaceSelector of a rule')
}

/** 43: `global()` stands alone. */
export function* checkGlobalAlone(text: string | undefined, path: string): Iterable<Issue> {
  if (text?.includes('global(') !== true || /^[ \t]*global\([ \t]*\)[ \t]*$/.test(text)) return
  yield invalid(path, 'global() must be the whole selector')
}

function selectorError(text: string): SelectorError | undefined {
  try {
    parseSelector(text)
    return undefined
  } catch (error) {
    if (error instanceof SelectorError) return error
    throw error
  }
}
