/** Worlds in which most rules that may ask of HTTP requests do: in others few do, and connections of these are mostly decided by more. */
import type { HttpMatch, ResourceObject, Rule } from '@margay/resources'
import fc from 'fast-check'
import type { Cast } from './cast.ts'
import { httpMatches } from './http.ts'
import { mayBeHttp } from './rule.ts'
import { worlds } from './world.ts'

/** Every object is admitted. Undefined in the list leaves a rule as it is. */
export function httpWorlds(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  const asked = fc.array(fc.option(httpMatches, { nil: undefined, freq: 4 }), { minLength: 3, maxLength: 9 })
  return fc.tuple(worlds(cast), asked).map(([objects, matches]) => withHttp(objects, matches))
}

function withHttp(
  objects: readonly ResourceObject[],
  matches: readonly (HttpMatch | undefined)[],
): ResourceObject[] {
  let next = 0
  const asking = (rule: Rule): Rule => {
    if (rule.action !== 'Allow' || !mayBeHttp(rule)) return rule
    const http = matches[next++ % matches.length]
    return http === undefined ? rule : { ...rule, http }
  }
  return objects.map((object) => {
    const spec = (object as { spec?: { ingress?: readonly Rule[] } }).spec
    if (object.apiVersion !== 'projectcalico.org/v3' || spec?.ingress === undefined) return object
    return { ...object, spec: { ...spec, ingress: spec.ingress.map(asking) } }
  })
}
