/** HTTP requests, divided by the rules that can tell them apart: one stands for all that they treat alike. */
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch } from '../model/rule.ts'

/** What no rule names. */
const other = '…'

/** One of each kind; none where no rule asks. */
export function distinctRequests(matches: readonly HttpMatch[]): HttpRequest[] {
  if (matches.length === 0) return []
  const bySignature = new Map<string, HttpRequest>()
  for (const method of methodsOf(matches)) {
    for (const path of pathsOf(matches)) {
      const request = { method, path }
      const signature = matches.map((match) => (matchesHttp(match, request) ? '1' : '0')).join('')
      if (!bySignature.has(signature)) bySignature.set(signature, request)
    }
  }
  return [...bySignature.values()]
}

function methodsOf(matches: readonly HttpMatch[]): Set<string> {
  const named = matches.flatMap(({ methods }) => methods ?? []).filter((method) => method !== '*')
  return new Set([...named, other])
}

/**
 * Each exact path, one below each prefix, and one that is below none: the longest prefix that matches says which others do.
 */
function pathsOf(matches: readonly HttpMatch[]): Set<string> {
  const all = matches.flatMap(({ paths }) => paths ?? [])
  return new Set([
    ...all.map(({ kind, path }) => (kind === 'Exact' ? path : `${path}/${other}`)),
    `/${other}`,
  ])
}
