/**
 * The 403 of a request that nothing allows, worded as Kubernetes words it.
 *
 * Source  `responsewriters.ForbiddenStatusError` of k8s.io/apiserver; the constructor `NewForbidden` of apimachinery.
 */
import { ApiError, type StatusDetails } from '../status/api-error.ts'
import { type Attributes, isPathAction } from './attributes.ts'

/** Tells what nothing allows from what is forbidden to everybody. */
export class AccessRefusal extends ApiError {
  constructor(message: string, details: StatusDetails) {
    super(403, 'Forbidden', message, { details })
  }
}

export function refusal(attributes: Attributes, reason: string): ApiError {
  const why = reason === '' ? sentence(attributes) : `${sentence(attributes)}: ${reason}`
  if (isPathAction(attributes)) return new AccessRefusal(`forbidden: ${why}`, {})
  return forbiddenResource(attributes, why)
}

/** `what` may be any text; it follows the resource and the name. */
export function forbiddenResource(
  { group, resource, name }: { readonly group: string; readonly resource: string; readonly name: string },
  what: string,
): ApiError {
  const qualified = group === '' ? resource : `${resource}.${group}`
  const subject = name === '' ? qualified : `${qualified} "${name}"`
  const details = {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  }
  return new AccessRefusal(`${subject} is forbidden: ${what}`, details)
}

function sentence(attributes: Attributes): string {
  const who = `User ${JSON.stringify(attributes.user.name)} cannot ${attributes.verb}`
  if (isPathAction(attributes)) return `${who} path ${JSON.stringify(attributes.path)}`
  const { group, resource, subresource, namespace } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return `${who} resource "${full}" in API group "${group}" ${where}`
}
