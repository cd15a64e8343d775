import type { HttpMatch } from '../model/rule.ts'

/** `GET, HEAD /admin, /public/*`: a prefix has a star. */
export function formatHttpMatch({ methods, paths }: HttpMatch): string {
  const places = paths?.map(({ kind, path }) => (kind === 'Exact' ? path : `${path}/*`))
  return [methods?.join(', ') ?? 'any method', places?.join(', ') ?? ''].filter((it) => it !== '').join(' ')
}
