/** The question in the spec of an access review. Source: Kubernetes API, authorization.k8s.io/v1. */
import type { User } from '../authentication/user.ts'
import type { Action } from '../authorization/attributes.ts'
import { isObject, type JsonObject } from '../json.ts'
import { badRequest } from '../status/api-error.ts'
import { invalidSpec, textOf, textsOf } from './review.ts'

/** Throws a 422 unless it asks for exactly one thing. */
export function askedAction(spec: JsonObject, kind: string): Action {
  const { resourceAttributes, nonResourceAttributes } = spec
  const isOne = isObject(resourceAttributes) !== isObject(nonResourceAttributes)
  if (!isOne) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw invalidSpec(kind, 'spec.resourceAttributes', `Invalid value: ${message}`)
  }
  if (isObject(nonResourceAttributes)) {
    const { verb, path } = nonResourceAttributes
    return { verb: String(verb ?? '').toLowerCase(), path: String(path ?? '') }
  }
  return resourceActionOf(isObject(resourceAttributes) ? resourceAttributes : {})
}

function resourceActionOf(attributes: JsonObject): Action {
  const [resource = '', ...sub] = textOf(attributes, 'resource').split('/')
  return {
    verb: textOf(attributes, 'verb'),
    group: textOf(attributes, 'group'),
    resource,
    subresource: textOf(attributes, 'subresource') || sub.join('/'),
    namespace: textOf(attributes, 'namespace'),
    name: textOf(attributes, 'name'),
  }
}

/** Whom the review asks about. Throws a 422 for nobody. */
export function askedUser(spec: JsonObject, kind: string): User {
  const name = textOf(spec, 'user')
  const groups = textsOf(spec, 'groups')
  if (name === '' && groups.length === 0) {
    const message = 'Invalid value: at least one of user or group must be specified'
    throw invalidSpec(kind, 'spec.user', message)
  }
  const uid = textOf(spec, 'uid')
  return { name, groups, ...(uid === '' ? {} : { uid }), ...extraOf(spec) }
}

function extraOf({ extra }: JsonObject): Pick<User, 'extra'> {
  if (extra === undefined || extra === null) return {}
  if (!isObject(extra)) throw badRequest('extra must be an object')
  return { extra: Object.fromEntries(Object.keys(extra).map((key) => [key, textsOf(extra, key)])) }
}
