import { escapePath } from '../http/normalize-path.ts'
import type { Sent } from '../model/flow.ts'
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'

/** `GET, HEAD /admin, /public/* with x-team in (a, b), no x-debug`: a prefix has a star. */
export function formatHttpMatch({ methods, paths, headers }: HttpMatch): string {
  const places = paths?.map(({ kind, path }) =>
    kind === 'Exact' ? escapePath(path) : `${escapePath(path)}/*`,
  )
  const asked = headers === undefined ? '' : `with ${headers.map(formatHeaderMatch).join(', ')}`
  return [methods?.join(', ') ?? 'any method', places?.join(', ') ?? '', asked]
    .filter((it) => it !== '')
    .join(' ')
}

/** `x-team in (a, b)`, `x-team not in (a)`, `x-team`, `no x-team`. */
export function formatHeaderMatch({ name, operator, values }: HttpHeaderMatch): string {
  switch (operator) {
    case 'Exists':
      return name
    case 'DoesNotExist':
      return `no ${name}`
    case 'In':
      return `${name} in (${values.join(', ')})`
    case 'NotIn':
      return `${name} not in (${values.join(', ')})`
  }
}

/** `GET /admin`, or what is said of a path that can't be normalised. Without headers: they may be secret. */
export function formatRequest(sent: Sent): string {
  if (sent === 'NotHttp') return 'not HTTP'
  return `${sent.method} ${sent.path === undefined ? unreadablePath : escapePath(sent.path)}`
}

export const unreadablePath = 'a path that can not be normalised'
