import type { HttpMatch } from '../model/rule.ts'

/** Equal for those that ask for the same, in whatever order they say it. */
export function httpMatchKey({ methods, paths, headers }: HttpMatch): string {
  return JSON.stringify([
    methods === undefined || methods.includes('*') ? null : distinct(methods),
    paths === undefined ? null : distinct(paths.map(({ kind, path }) => `${kind} ${path}`)),
    distinct(
      (headers ?? []).map(({ name, operator, values }) => JSON.stringify([name, operator, distinct(values)])),
    ),
  ])
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
