/**
 * What a role or binding that is there from the start lacks is added at each start; what somebody added stays.
 *
 * Source  Kubernetes RBAC, "Auto-reconciliation": the annotation rbac.authorization.kubernetes.io/autoupdate set to false
 *         takes an object out of this.
 */
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '@margay/resources'
import { jsonEquals } from '../../json.ts'
import { isPathAction } from '../attributes.ts'
import { GrantTable } from '../rbac/grant-table.ts'
import { uncoveredRules } from '../rbac/uncovered-rules.ts'

export const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'
export const bootstrapping = 'kubernetes.io/bootstrapping'

/** As it is made when it is not there. */
export function withBootstrapMarks<T extends ClusterRole | ClusterRoleBinding>(object: T): T {
  const { metadata } = object
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [bootstrapping]: 'rbac-defaults' },
      annotations: { ...metadata.annotations, [autoupdate]: 'true' },
    },
  }
}

/** The object as it should be; the same one if nothing is missing. */
export function reconcileRole(existing: ClusterRole, wanted: ClusterRole): ClusterRole {
  if (isLeftAlone(existing)) return existing
  const missing = missingRules(existing.rules ?? [], wanted.rules ?? [])
  const labels = { ...existing.metadata.labels, ...wanted.metadata.labels }
  const { aggregationRule = existing.aggregationRule } = wanted
  const isComplete =
    missing.length === 0 &&
    jsonEquals(labels, existing.metadata.labels ?? {}) &&
    jsonEquals(aggregationRule, existing.aggregationRule)
  if (isComplete) return existing
  return {
    ...existing,
    metadata: { ...existing.metadata, labels },
    ...(aggregationRule === undefined ? {} : { aggregationRule }),
    ...(wanted.rules === undefined ? {} : { rules: [...(existing.rules ?? []), ...missing] }),
  }
}

export function reconcileBinding(
  existing: ClusterRoleBinding,
  wanted: ClusterRoleBinding,
): ClusterRoleBinding {
  if (isLeftAlone(existing)) return existing
  const present = existing.subjects ?? []
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !present.some((each) => jsonEquals(each, subject)),
  )
  return missing.length === 0 ? existing : { ...existing, subjects: [...present, ...missing] }
}

function isLeftAlone({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.annotations?.[autoupdate] === 'false'
}

function missingRules(present: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const table = new GrantTable(present)
  return uncoveredRules(wanted, '', (action) =>
    isPathAction(action) ? table.allowsPath(action) : table.allows(action),
  )
}
