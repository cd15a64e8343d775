/** Kubernetes' label selector. Source: Kubernetes API, meta/v1 LabelSelector. */
import { choice, list, type Static, stringMap, Type } from '../../schema/build.ts'

const requirement = Type.Object({
  key: Type.String({ description: 'The label.' }),
  operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
    description: 'In, NotIn, Exists or DoesNotExist.',
  }),
  values: Type.Optional(list(Type.String(), { description: 'For In and NotIn only.' })),
})

/** All of matchLabels and matchExpressions must hold; an empty selector selects everything. */
export const labelSelector = (options: Readonly<Record<string, unknown>> = {}) =>
  Type.Object(
    {
      matchLabels: Type.Optional(stringMap({ description: 'Labels with their values.' })),
      matchExpressions: Type.Optional(list(requirement, { description: 'Further demands on labels.' })),
    },
    { description: 'Selects objects by their labels; empty selects all.', ...options },
  )

export type LabelSelector = Static<ReturnType<typeof labelSelector>>
export type LabelSelectorRequirement = Static<typeof requirement>
