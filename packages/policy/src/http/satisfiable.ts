import { matchesHeader } from '../evaluate/match-http.ts'
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'

/** Can a request be all that is asked? Cost: O(values × matches) of each header. */
export function isSatisfiable({ paths, headers = [] }: HttpMatch): boolean {
  if (paths?.length === 0) return false
  return [...Map.groupBy(headers, ({ name }) => name)].every(([name, matches]) => canHold(name, matches))
}

/** Where one value is asked for it must be that; otherwise what is excluded leaves endless others, and absence. */
function canHold(name: string, matches: readonly HttpHeaderMatch[]): boolean {
  const asked = matches.find(({ operator }) => operator === 'In')
  if (asked !== undefined) return asked.values.some((value) => holdsFor(new Map([[name, value]]), matches))
  const operators = matches.map(({ operator }) => operator)
  return !(operators.includes('Exists') && operators.includes('DoesNotExist'))
}

function holdsFor(headers: ReadonlyMap<string, string>, matches: readonly HttpHeaderMatch[]): boolean {
  return matches.every((match) => matchesHeader(match, headers))
}
