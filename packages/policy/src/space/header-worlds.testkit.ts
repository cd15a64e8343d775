/** Worlds in which rules ask for headers too, and requests that come near to what these ask for. */
import type { HttpHeader, HttpMatch, ResourceObject, Rule } from '@margay/resources'
import { type Cast, httpMatches, httpRequests, httpWorlds } from '@margay/testkit'
import fc from 'fast-check'
import { readRequest } from '../http/read-request.ts'
import type { HttpRequest } from '../model/flow.ts'

const names = ['X-Role', 'x-team', 'Host'] as const
const listed = ['a', 'b', 'a,b', 'c'] as const

const headers: fc.Arbitrary<HttpHeader> = fc.oneof(
  fc.record({
    header: fc.constantFrom(...names),
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.subarray([...listed], { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    header: fc.constantFrom(...names),
    operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
  }),
)
const asked = fc.option(fc.array(headers, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 })

export const headerMatches: fc.Arbitrary<HttpMatch> = fc
  .tuple(httpMatches, asked)
  .map(([http, headers]) => ({ ...http, ...(headers && { headers }) }))

export function headerWorlds(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return fc
    .tuple(httpWorlds(cast), fc.array(asked, { minLength: 2, maxLength: 6 }))
    .map(([objects, lists]) => withHeaders(objects, lists))
}

function withHeaders(
  objects: readonly ResourceObject[],
  lists: readonly (HttpHeader[] | undefined)[],
): ResourceObject[] {
  let next = 0
  const asking = (rule: Rule): Rule => {
    const headers = rule.http && lists[next++ % lists.length]
    return headers === undefined ? rule : { ...rule, http: { ...rule.http, headers } }
  }
  return objects.map((object) => {
    const spec = (object as { spec?: { ingress?: readonly Rule[] } }).spec
    if (spec?.ingress === undefined || !spec.ingress.some(({ http }) => http)) return object
    return { ...object, spec: { ...spec, ingress: spec.ingress.map(asking) } }
  })
}

const field = fc.tuple(
  fc.constantFrom(...names),
  fc.constantFrom('a', 'b', 'c', 'd', 'A', ' a', 'a,d', 'd, b', ''),
)

/** Also with paths that can't be normalised, and with several fields of one name. */
export const headerRequests: fc.Arbitrary<HttpRequest> = fc
  .tuple(httpRequests, fc.array(field, { maxLength: 4 }), fc.nat(9))
  .map(([{ method, path }, headers, odd]) =>
    readRequest({ method, path: odd === 0 ? `${path}%00` : path, headers }),
  )
