import { defineKind } from '../kind-definition.ts'
import { labelName } from '../meta/name-format.ts'
import { type Namespace, namespaceSchema } from './schema.ts'

/** Carries the namespace's name, so that selectors can name it; Kubernetes sets it on every namespace. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name'

export const namespaceKind = defineKind<Namespace>({
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  hasStatus: true,
  schema: namespaceSchema,
  nameFormat: labelName,
  applyDefaults: applyNamespaceDefaults,
  printerColumns: [
    { name: 'Status', description: 'Active or Terminating.', value: ({ status }) => status?.phase },
  ],
  selectableFields: ['status.phase'],
  fieldValues: { name: ({ metadata }) => metadata.name },
})

function applyNamespaceDefaults(namespace: Namespace): void {
  const { metadata } = namespace
  if (labelName.isValid(metadata.name))
    metadata.labels = { ...metadata.labels, [namespaceNameLabel]: metadata.name }
  namespace.status = { ...namespace.status, phase: namespace.status?.phase ?? 'Active' }
}
