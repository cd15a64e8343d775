import { findKind, type KindDefinition } from '@margay/resources'

function known(apiVersion: string, name: string): KindDefinition {
  const kind = findKind(apiVersion, name)
  if (kind === undefined) throw new Error(`the resources room does not know ${name}`)
  return kind
}

export const nodeKind = known('v1', 'Node')
export const leaseKind = known('coordination.k8s.io/v1', 'Lease')
