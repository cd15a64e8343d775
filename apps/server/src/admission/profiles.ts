/** The built-in profiles are there as they are: pods and host endpoints rely on what they allow. */
import { builtInProfiles, findKind, type KindDefinition } from '@margay/resources'
import { forbidden } from '../status/api-error.ts'

export function profileKind(): KindDefinition {
  const kind = findKind('projectcalico.org/v3', 'Profile')
  if (kind === undefined) throw new Error('the resources room does not know Profile')
  return kind
}

/** For updates and deletions. Making one anew fails by itself: the name is taken. */
export function checkProfileWritable(kind: KindDefinition, name: string): void {
  if (kind !== profileKind() || !builtInProfiles.some(({ metadata }) => metadata.name === name)) return
  throw forbidden(kind, name, 'a built-in profile can not be changed or deleted')
}
