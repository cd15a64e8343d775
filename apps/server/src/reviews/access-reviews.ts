/** May somebody do something? Source: Kubernetes API, authorization.k8s.io/v1. */
import { isPathAction } from '../authorization/attributes.ts'
import type { VirtualResource } from '../discovery/documents.ts'
import { badRequest } from '../status/api-error.ts'
import { accessStatus } from './access-answer.ts'
import { askedAction, askedUser } from './asked-action.ts'
import type { Review } from './review.ts'
import {
  localSubjectAccessReviewSchema,
  selfSubjectAccessReviewSchema,
  subjectAccessReviewSchema,
} from './schemas.ts'

const subject = resource('SubjectAccessReview', false)
const local = resource('LocalSubjectAccessReview', true)
const self = resource('SelfSubjectAccessReview', false)

export const accessReviews: readonly Review[] = [
  {
    resource: subject,
    schema: subjectAccessReviewSchema,
    answer: (spec, { environment, access }) =>
      accessStatus(environment.store, access, askedUser(spec, subject.kind), askedAction(spec, subject.kind)),
  },
  {
    resource: local,
    schema: localSubjectAccessReviewSchema,
    answer: (spec, { environment, access, namespace }) => {
      const action = askedAction(spec, local.kind)
      if (isPathAction(action) || action.namespace !== namespace)
        throw badRequest(
          `spec.resourceAttributes.namespace must be the namespace of the request, ${namespace}`,
        )
      return accessStatus(environment.store, access, askedUser(spec, local.kind), action)
    },
  },
  {
    resource: self,
    schema: selfSubjectAccessReviewSchema,
    answer: (spec, { environment, access, user }) =>
      accessStatus(environment.store, access, user, askedAction(spec, self.kind)),
  },
]

function resource(kind: string, namespaced: boolean): VirtualResource {
  const singular = kind.toLowerCase()
  return { group: 'authorization.k8s.io', version: 'v1', kind, plural: `${singular}s`, singular, namespaced }
}
