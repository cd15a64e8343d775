import { formatLabelSelector } from '../label-selector/format-label-selector.ts'
import type { LabelSelector } from '../label-selector/schema.ts'
import type { AnySubject } from './subject.ts'

/** The column that tells whom a policy of the cluster's administrator is for. */
export const subjectColumn = {
  name: 'Subject',
  description: 'Labels of namespaces / labels of pods that it is for; * for all.',
  value: ({ spec }: { readonly spec: { readonly subject: AnySubject } }) => formatSubject(spec.subject),
}

function formatSubject({ namespaces, pods }: AnySubject): string {
  return `${orAll(namespaces ?? pods?.namespaceSelector)} / ${orAll(pods?.podSelector)}`
}

function orAll(selector: LabelSelector | undefined): string {
  const text = formatLabelSelector(selector)
  return text === '<none>' ? '*' : text
}
