/** The shapes of the reviews, for OpenAPI and `kubectl explain`. Source: Kubernetes API, authentication.k8s.io and authorization.k8s.io. */
import type { JsonSchema } from '@margay/resources'

type Fields = Readonly<Record<string, JsonSchema>>

const text = (description: string): JsonSchema => ({ type: 'string', description })
const flag = (description: string): JsonSchema => ({ type: 'boolean', description })
const texts = (description: string): JsonSchema => ({
  type: 'array',
  description,
  items: { type: 'string' },
  'x-kubernetes-list-type': 'atomic',
})
const object = (description: string, properties: Fields): JsonSchema => ({
  type: 'object',
  description,
  properties,
})
const list = (description: string, properties: Fields): JsonSchema => ({
  type: 'array',
  description,
  items: { type: 'object', properties },
  'x-kubernetes-list-type': 'atomic',
})

const extra: JsonSchema = {
  type: 'object',
  description: 'What else is known of the user.',
  additionalProperties: { type: 'array', items: { type: 'string' } },
}
const userInfo = object('The user.', {
  username: text('The name.'),
  uid: text('Tells users of one name apart.'),
  groups: texts('Groups that the user is in.'),
  extra,
})

const anyMetadata: JsonSchema = {
  type: 'object',
  description: 'Of no meaning here.',
  'x-kubernetes-preserve-unknown-fields': true,
}

function review(
  description: string,
  { spec, status }: { spec?: JsonSchema; status: JsonSchema },
): JsonSchema {
  return object(description, {
    apiVersion: text('The version of the API.'),
    kind: text('The kind of the review.'),
    metadata: anyMetadata,
    ...(spec === undefined ? {} : { spec }),
    status,
  })
}

const resourceAttributes = object('An action on a resource.', {
  namespace: text('Its namespace; empty for all, or for none.'),
  verb: text('get, list, watch, create, update, patch, delete, deletecollection or *.'),
  group: text('Its API group; * for all.'),
  version: text('Its API version; * for all.'),
  resource: text('The plural, such as pods; * for all.'),
  subresource: text('Such as status; empty for the object itself.'),
  name: text('The object; empty for all.'),
})
const nonResourceAttributes = object('A request to a path that is no resource.', {
  path: text('The path.'),
  verb: text('The method, in lower case.'),
})
const attributes = { resourceAttributes, nonResourceAttributes }
const accessStatus = object('The answer.', {
  allowed: flag('Whether it is allowed.'),
  denied: flag('Whether it is denied, whatever else may allow it.'),
  reason: text('Why.'),
  evaluationError: text('What went wrong on the way to the answer.'),
})
const asked = object('The question; exactly one of resourceAttributes and nonResourceAttributes.', {
  ...attributes,
  user: text('The user it is about.'),
  uid: text('Tells users of one name apart.'),
  groups: texts('Groups that the user is in.'),
  extra,
})

export const subjectAccessReviewSchema = review('May somebody do something?', {
  spec: asked,
  status: accessStatus,
})
export const localSubjectAccessReviewSchema = review('May somebody do something in this namespace?', {
  spec: asked,
  status: accessStatus,
})
export const selfSubjectAccessReviewSchema = review('May I do something?', {
  spec: object('The question; exactly one of the two.', attributes),
  status: accessStatus,
})

export const selfSubjectRulesReviewSchema = review('What may I do in a namespace, all in all?', {
  spec: object('The question.', { namespace: text('The namespace.') }),
  status: object('The answer.', {
    resourceRules: list('Actions on resources.', {
      verbs: texts('The verbs; * for all.'),
      apiGroups: texts('API groups; * for all.'),
      resources: texts('Resources; * for all.'),
      resourceNames: texts('Objects; none for all.'),
    }),
    nonResourceRules: list('Requests to paths that are no resources.', {
      verbs: texts('The methods; * for all.'),
      nonResourceURLs: texts('The paths.'),
    }),
    incomplete: flag('Whether there may be rights beside these.'),
    evaluationError: text('What went wrong on the way to the answer.'),
  }),
})

export const tokenReviewSchema = review('Whose token is this?', {
  spec: object('The question.', {
    token: text('The token.'),
    audiences: texts('For whom the token should be; by default for this server.'),
  }),
  status: object('The answer.', {
    authenticated: flag('Whether the token is good.'),
    user: userInfo,
    audiences: texts('For which of the audiences the token is.'),
    error: text('Why the token is not good.'),
  }),
})

export const selfSubjectReviewSchema = review('Who am I?', {
  status: object('The answer.', { userInfo }),
})
