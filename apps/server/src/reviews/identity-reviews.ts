/** Who am I, and whose token is this? Source: Kubernetes API, authentication.k8s.io/v1. */
import type { User } from '../authentication/user.ts'
import { authenticatedGroup } from '../authentication/user.ts'
import type { VirtualResource } from '../discovery/documents.ts'
import { invalidSpec, type Review, textOf, textsOf } from './review.ts'
import { selfSubjectReviewSchema, tokenReviewSchema } from './schemas.ts'

const self: VirtualResource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
}

const token: VirtualResource = {
  ...self,
  kind: 'TokenReview',
  plural: 'tokenreviews',
  singular: 'tokenreview',
}

const selfReview = (resource: VirtualResource): Review => ({
  resource,
  schema: selfSubjectReviewSchema,
  answer: (_, { user }) => ({ userInfo: userInfo(user) }),
})

/** The older version of the first is what kubectl 1.27 asks for. */
export const identityReviews: readonly Review[] = [
  selfReview(self),
  selfReview({ ...self, version: 'v1beta1' }),
  {
    resource: token,
    schema: tokenReviewSchema,
    answer: async (spec, { identity }) => {
      const asked = textOf(spec, 'token')
      if (asked === '') throw invalidSpec('TokenReview', 'spec.token', 'Required value: a token is required')
      const audiences = textsOf(spec, 'audiences')
      const verified = await identity.verifyToken(asked, audiences.length === 0 ? undefined : audiences)
      if (verified === undefined) return { user: {}, error: 'the token is not valid' }
      return {
        authenticated: true,
        user: userInfo(withAuthenticated(verified.user)),
        audiences: verified.audiences,
      }
    },
  },
]

function withAuthenticated(user: User): User {
  return { ...user, groups: [...user.groups, authenticatedGroup] }
}

export function userInfo({ name, uid, groups, extra }: User): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  }
}
