/** What endpoints inherit from their namespace and their service account. Source: spec/api.md 5.2 and 5.3. */
import { namespaceNameLabel } from '../kinds/namespace/kind.ts'
import type { Namespace } from '../kinds/namespace/schema.ts'
import type { ServiceAccount } from '../kinds/service-account/schema.ts'
import { namespacePrefix, serviceAccountPrefix } from './labels.ts'

const nameKey = 'projectcalico.org/name'

/** The labels of profile `kns.<namespace>`. */
export function namespaceProfileLabels(namespace: Namespace): Record<string, string> {
  const { name, labels } = namespace.metadata
  // Kubernetes puts its own name label on every namespace; a manifest need not show it.
  return prefixed({ ...labels, [namespaceNameLabel]: name, [nameKey]: name }, namespacePrefix)
}

/** The labels of profile `ksa.<namespace>.<service account>`. */
export function serviceAccountProfileLabels(account: ServiceAccount): Record<string, string> {
  const { name, labels } = account.metadata
  return prefixed({ ...labels, [nameKey]: name }, serviceAccountPrefix)
}

function prefixed(labels: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]))
}
