/** A private, deeply frozen copy: nobody's later change reaches it, and it can be handed to many. */
import type { ResourceObject } from '@margay/resources'

export function frozenCopy(value: ResourceObject): ResourceObject {
  return freezeDeep(structuredClone(value))
}

export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freezeDeep(member)
  return Object.freeze(value)
}
