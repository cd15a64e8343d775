/** HTTP requests, divided by the rules that can tell them apart: what is true of one of a class is true of all. */
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch } from '../model/rule.ts'
import { HeaderClasses } from './header-classes.ts'
import { namedRequests } from './named-requests.ts'
import type { RequestPart } from './request-parts.ts'
import { mostRequestKinds, TooManyRequestsError } from './too-many-requests.ts'

export interface RequestClass {
  /** One of them, to ask rules about. */
  readonly request: HttpRequest
  /** All of them; no two have a request in common. */
  readonly parts: readonly RequestPart[]
}

/**
 * By methods, paths and headers that rules ask for: requests are of one class exactly when the same rules match them. Every request is of one; none
 * where no rule asks. Cost: near the number of classes, but for methods and paths, of which each is put with each.
 *
 * `within`: one of the matches, of which only the classes are wanted that it matches.
 *
 * @throws TooManyRequestsError where headers make more than can be looked at
 */
export function requestClasses(matches: readonly HttpMatch[], within?: HttpMatch): RequestClass[] {
  if (matches.length === 0) return []
  const distinct = [...new Map(matches.map((it) => [JSON.stringify(it), it])).values()]
  const always = within && distinct.findIndex((it) => JSON.stringify(it) === JSON.stringify(within))
  const headers = new HeaderClasses(distinct)
  const classes = new Map<string, { request: HttpRequest; parts: RequestPart[] }>()
  let byHeaders = 0
  for (const { requests, matching } of namedRequests(distinct)) {
    if (always !== undefined && !matching.includes(always)) continue
    const divided = headers.among(matching, always)
    byHeaders += divided.length - 1
    if (byHeaders > mostRequestKinds) throw new TooManyRequestsError(headers.names)
    for (const { matching: all, products, example } of divided) {
      const key = all.join()
      const known = classes.get(key) ?? {
        request: withHeaders(requests[0] as HttpRequest, example),
        parts: [],
      }
      classes.set(key, known)
      for (const { method, path } of requests)
        for (const product of products) known.parts.push({ method, path, headers: product })
    }
  }
  return [...classes.values()]
}

function withHeaders(request: HttpRequest, headers: ReadonlyMap<string, string>): HttpRequest {
  return headers.size === 0 ? request : { ...request, headers }
}
