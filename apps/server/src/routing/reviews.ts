/** The resources that answer a question, and where they are. */
import type { VirtualSubresource } from '../discovery/documents.ts'
import { type FullResponse, json } from '../http/message.ts'
import { accessReviews } from '../reviews/access-reviews.ts'
import { identityReviews } from '../reviews/identity-reviews.ts'
import { type Review, type ReviewContext, respondReview } from '../reviews/review.ts'
import { rulesReview } from '../reviews/rules-review.ts'
import { respondTokenRequest } from '../reviews/token-request.ts'
import { methodNotAllowed, noSuchPath } from '../status/api-error.ts'
import type { ResourcePath } from './parse-path.ts'

export const reviews: readonly Review[] = [...identityReviews, ...accessReviews, rulesReview]

export const reviewSubresources: readonly VirtualSubresource[] = [
  {
    parent: { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true },
    subresource: 'token',
    responseKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  },
]

/** Undefined for a path that leads elsewhere. */
export function reviewAt(
  path: ResourcePath,
): ((context: Omit<ReviewContext, 'namespace'>) => Promise<FullResponse>) | undefined {
  const { namespace = '', name = '' } = path
  if (isTokenRequest(path)) {
    if (namespace === '' || name === '') return undefined
    return async (context) => {
      requirePost(context.request.method)
      return json(await respondTokenRequest({ ...context, namespace }, name), 201)
    }
  }
  const review = reviews.find((each) => isOf(path, each))
  if (review === undefined) return undefined
  return async (context) => {
    if ((review.resource.namespaced ?? false) !== (namespace !== '') || name !== '') throw noSuchPath()
    requirePost(context.request.method)
    return json(await respondReview(review, { ...context, namespace }), 201)
  }
}

function isTokenRequest({ group, version, plural, subresource }: ResourcePath): boolean {
  return reviewSubresources.some(
    ({ parent, subresource: own }) =>
      parent.group === group && parent.version === version && parent.plural === plural && own === subresource,
  )
}

function isOf(path: ResourcePath, { resource }: Review): boolean {
  const { group, version, plural } = resource
  return path.group === group && path.version === version && path.plural === plural
}

function requirePost(method: string): void {
  if (method !== 'POST') throw methodNotAllowed(['POST'])
}
