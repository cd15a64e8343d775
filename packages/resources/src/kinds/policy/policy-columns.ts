interface PolicyLike {
  readonly spec?: {
    readonly tier?: string
    readonly order?: number
    readonly selector?: string
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
]

export const stagedPolicyColumns = [
  {
    name: 'Action',
    description: 'What enforcing it would do.',
    value: ({ spec }: PolicyLike) => spec?.stagedAction,
  },
  ...policyColumns,
]
