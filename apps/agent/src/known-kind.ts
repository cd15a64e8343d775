import { findKind, type KindDefinition } from '@margay/resources'

/** A kind that the agent reads or writes. @throws Error when the resources room lacks it, which is a mistake of ours */
export function knownKind(apiVersion: string, name: string): KindDefinition {
  const kind = findKind(apiVersion, name)
  if (kind === undefined) throw new Error(`the resources room does not know ${name}`)
  return kind
}
