import type { Namespace, Profile, ServiceAccount } from '@margay/resources'

/** What endpoints inherit from: namespaces and profiles by name, service accounts by `namespace/name`. */
export interface Inheritance {
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>
  readonly profiles: ReadonlyMap<string, Profile>
}
