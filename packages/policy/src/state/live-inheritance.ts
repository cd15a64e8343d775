import type { Namespace, Profile, ServiceAccount } from '@margay/resources'
import type { Inheritance } from '../lower/inheritance.ts'
import { type Delta, isEmpty } from './delta.ts'

/** What changed of what endpoints inherit from. */
export interface InheritanceChanges {
  readonly namespaces: Delta<Namespace>
  readonly serviceAccounts: Delta<ServiceAccount>
  readonly profiles: Delta<Profile>
}

/** Whose heirs have to inherit again. */
export interface ChangedParents {
  readonly namespaces: ReadonlySet<string>
  /** As `namespace/name`. */
  readonly serviceAccounts: ReadonlySet<string>
  /** Both, and profiles, by the names of profiles that host endpoints name. */
  readonly profiles: ReadonlySet<string>
}

export const unchangedParents: ChangedParents = {
  namespaces: new Set(),
  serviceAccounts: new Set(),
  profiles: new Set(),
}

/** What endpoints inherit from, while it comes and goes. */
export class LiveInheritance implements Inheritance {
  readonly namespaces = new Map<string, Namespace>()
  readonly serviceAccounts = new Map<string, ServiceAccount>()
  readonly profiles = new Map<string, Profile>()

  update(changes: InheritanceChanges): ChangedParents {
    if (isEmpty(changes.namespaces) && isEmpty(changes.serviceAccounts) && isEmpty(changes.profiles)) {
      return unchangedParents
    }
    const namespaces = replace(this.namespaces, changes.namespaces, nameOf)
    const serviceAccounts = replace(this.serviceAccounts, changes.serviceAccounts, accountKey)
    const profiles = [
      ...replace(this.profiles, changes.profiles, nameOf),
      ...[...namespaces].map((name) => `kns.${name}`),
      ...[...serviceAccounts].map((key) => `ksa.${key.replace('/', '.')}`),
    ]
    return { namespaces, serviceAccounts, profiles: new Set(profiles) }
  }
}

/** The keys of what changed. */
function replace<T>(
  all: Map<string, T>,
  { gone, come }: Delta<T>,
  keyOf: (it: T) => string,
): ReadonlySet<string> {
  for (const it of gone) all.delete(keyOf(it))
  for (const it of come) all.set(keyOf(it), it)
  return new Set([...gone, ...come].map(keyOf))
}

function nameOf({ metadata }: Namespace | Profile): string {
  return metadata.name
}

function accountKey({ metadata }: ServiceAccount): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
