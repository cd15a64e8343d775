/** What may I do, all in all? Source: Kubernetes API, authorization.k8s.io/v1 SelfSubjectRulesReview. */
import type { PolicyRule } from '@margay/resources'
import { mastersGroup } from '../authentication/user.ts'
import { nodeNameOf } from '../authorization/node-restriction.ts'
import { badRequest } from '../status/api-error.ts'
import { type Review, textOf } from './review.ts'
import { selfSubjectRulesReviewSchema } from './schemas.ts'

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

export const rulesReview: Review = {
  resource: {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
  },
  schema: selfSubjectRulesReviewSchema,
  answer: (spec, { access, user }) => {
    const namespace = textOf(spec, 'namespace')
    if (namespace === '') throw badRequest('no namespace on request')
    const isMaster = user.groups.includes(mastersGroup)
    const rules = isMaster ? everything : access.rights.index.rulesOf(user, namespace)
    return {
      resourceRules: rules.filter(({ resources = [] }) => resources.length > 0),
      nonResourceRules: rules.filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0),
      // A node may write its own status, which no rule says.
      incomplete: nodeNameOf(user) !== undefined,
    }
  },
}
