/**
 * "Who am I?", as `kubectl auth whoami` asks it.
 *
 * Source  Kubernetes API, authentication.k8s.io/v1 SelfSubjectReview.
 */
import type { VirtualResource } from '../discovery/documents.ts'
import type { User } from './user.ts'

const v1: VirtualResource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
}

/** The older version is what kubectl 1.27 asks for. */
export const selfSubjectReviews: readonly VirtualResource[] = [v1, { ...v1, version: 'v1beta1' }]

export function reviewSelf(user: User, { group, version, kind }: VirtualResource): object {
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: { creationTimestamp: null },
    status: { userInfo: { username: user.name, groups: user.groups } },
  }
}
