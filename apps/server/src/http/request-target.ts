/**
 * The path and the query of a request, taken as they are: a path that some reader could take for another one is refused,
 * not made right, since whoever stands before this server may have judged it as it was written.
 *
 * Source  RFC 9112, section 3.2 (origin-form and absolute-form); RFC 3986, section 6.2.2.3 (dot segments).
 */
import { badRequest } from '../status/api-error.ts'

export interface RequestTarget {
  /** Still percent-encoded. */
  readonly pathname: string
  readonly query: URLSearchParams
}

/** Throws a 400. */
export function parseTarget(target: string): RequestTarget {
  const local = target.replace(/^https?:\/\/[^/?#]*/i, '')
  const [path = '', ...query] = local.split('?')
  const pathname = path === '' && local !== target ? '/' : path
  if (!pathname.startsWith('/')) throw refused('must begin with "/"')
  // Readers that clean paths take one away at the end.
  if (pathname.includes(' ')) throw refused('has a space that is not written as "%20"')
  const segments = pathname.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '' && !isLast) throw refused('has an empty segment ("//")')
    checkSegment(decodeLoosely(segment))
  }
  return { pathname, query: new URLSearchParams(query.join('?')) }
}

function checkSegment(segment: string): void {
  if (segment === '.' || segment === '..') throw refused('has a segment "." or ".."')
  if (/[\p{Cc}\\#]/u.test(segment)) throw refused('has a control character, "\\" or "#"')
}

/** What is not well-formed stays as it is: such a path leads nowhere, which is told later. */
function decodeLoosely(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function refused(why: string): Error {
  return badRequest(`the request path ${why}`)
}
