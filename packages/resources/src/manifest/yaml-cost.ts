/**
 * What a YAML text would cost to read, told before it is read: parsing takes microseconds and a kilobyte for each token,
 * so that a few megabytes of brackets stop a server for many seconds.
 */
import { Lexer } from 'yaml'

/** Whether reading takes more than so many steps. Cost: as many steps at most, each far cheaper than parsing. */
export function costsMoreThan(maxSteps: number, text: string): boolean {
  let steps = 0
  for (const token of new Lexer().lex(text)) {
    steps += 1 + escapesIn(token, maxSteps)
    if (steps > maxSteps) return true
  }
  return false
}

/** Each escape may be an error of its own, and those are what costs most. Counts no further than needed. */
function escapesIn(token: string, enough: number): number {
  if (!token.startsWith('"')) return 0
  let count = 0
  for (let at = token.indexOf('\\'); at !== -1 && count <= enough; at = token.indexOf('\\', at + 1))
    count += 1
  return count
}
