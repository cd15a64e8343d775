import type { Node, ResourceObject } from '@margay/resources'

/** It goes with its node, where somebody collects what has lost its owner. */
export function newLease(
  ref: { readonly namespace: string; readonly name: string },
  spec: { readonly renewTime: string },
  annotations: Readonly<Record<string, string | null>>,
  node: Node | undefined,
): ResourceObject {
  const given = Object.entries(annotations).filter(([, text]) => text !== null)
  const { name, uid } = node?.metadata ?? {}
  const owner = uid === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] }
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...ref, annotations: Object.fromEntries(given), ...owner } as ResourceObject['metadata'],
    spec: { ...spec, acquireTime: spec.renewTime },
  }
}
