interface PolicyLike {
  readonly spec?: {
    readonly tier?: string
    readonly order?: number
    readonly selector?: string
    readonly namespaceSelector?: string
    readonly serviceAccountSelector?: string
    readonly types?: readonly string[]
    readonly stagedAction?: string
  }
}

/** The columns of projectcalico.org/v3 policies. */
export const policyColumns = [
  { name: 'Tier', description: 'The tier it belongs to.', value: ({ spec }: PolicyLike) => spec?.tier },
  {
    name: 'Order',
    type: 'number' as const,
    description: 'Lower goes first in its tier.',
    value: ({ spec }: PolicyLike) => spec?.order,
  },
  {
    name: 'Selector',
    description: 'The endpoints it applies to.',
    value: ({ spec }: PolicyLike) => ((spec?.selector ?? '') === '' ? 'all()' : spec?.selector),
  },
  {
    name: 'Types',
    description: 'The directions it governs.',
    value: ({ spec }: PolicyLike) => spec?.types?.join(','),
  },
  {
    name: 'Service-Account-Selector',
    description: 'The service accounts of those endpoints.',
    wide: true,
    value: ({ spec }: PolicyLike) => spec?.serviceAccountSelector,
  },
]

/** Without it, a policy for the pods of some namespaces looks as if it were for all. */
const namespaceColumn = {
  name: 'Namespace-Selector',
  description: 'The namespaces of those endpoints.',
  value: ({ spec }: PolicyLike) => spec?.namespaceSelector,
}
const typesAt = policyColumns.findIndex(({ name }) => name === 'Types')
export const globalPolicyColumns = policyColumns.toSpliced(typesAt, 0, namespaceColumn)

const actionColumn = {
  name: 'Action',
  description: 'What enforcing it would do.',
  value: ({ spec }: PolicyLike) => spec?.stagedAction,
}
export const stagedPolicyColumns = [actionColumn, ...policyColumns]
export const stagedGlobalPolicyColumns = [actionColumn, ...globalPolicyColumns]
