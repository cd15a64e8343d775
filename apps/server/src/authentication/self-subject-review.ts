/**
 * "Who am I?", as `kubectl auth whoami` asks it.
 *
 * Source  Kubernetes API, authentication.k8s.io/v1 SelfSubjectReview.
 */
import type { VirtualResource } from '../discovery/documents.ts'
import type { User } from './user.ts'

export const selfSubjectReviews: VirtualResource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
}

export function reviewSelf(user: User): object {
  return {
    kind: selfSubjectReviews.kind,
    apiVersion: `${selfSubjectReviews.group}/${selfSubjectReviews.version}`,
    metadata: { creationTimestamp: null },
    status: { userInfo: { username: user.name, groups: user.groups } },
  }
}
