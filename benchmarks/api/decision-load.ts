/**
 * A cluster's worth of roles and bindings, and questions about them: for measuring what a decision costs. No I/O.
 *
 * Every user has a role of his own in one namespace and, by his group, a common one there; every tenth may act in the whole
 * cluster. Half of the questions are answered with yes; a third is about policies in tiers.
 */
import type { ResourceObject } from '@margay/resources'
import { authenticatedGroup, type User } from '../../apps/server/src/authentication/user.ts'
import { type Authorizer, resourceAction } from '../../apps/server/src/authorization/attributes.ts'
import { authorizerChain } from '../../apps/server/src/authorization/authorizer-chain.ts'
import { bootstrapBindings } from '../../apps/server/src/authorization/bootstrap/bindings.ts'
import { kubernetesRoles } from '../../apps/server/src/authorization/bootstrap/kubernetes-roles.ts'
import { margayRoles } from '../../apps/server/src/authorization/bootstrap/margay-roles.ts'
import { mastersAuthorizer } from '../../apps/server/src/authorization/masters.ts'
import { nodeAuthorizer } from '../../apps/server/src/authorization/node-restriction.ts'
import { RbacIndex } from '../../apps/server/src/authorization/rbac/rbac-index.ts'
import { askTier, calicoGroup } from '../../apps/server/src/authorization/tiers/tier-rules.ts'

export interface DecisionLoad {
  /** Answers the next questions, so many; returns how many were answered with yes. */
  decide(count: number): number
}

export function decisionLoad(users: number): DecisionLoad {
  const authorizer = authorizerChain([mastersAuthorizer, nodeAuthorizer, indexWith(users)])
  const questions = Array.from({ length: users }, (_, at) => questionsOf(at, authorizer)).flat()
  let next = 0
  return {
    decide: (count) => {
      let allowed = 0
      for (let n = 0; n < count; n++) {
        if (questions[next]?.() === true) allowed++
        next = (next + 1) % questions.length
      }
      return allowed
    },
  }
}

function indexWith(users: number): RbacIndex {
  const index = new RbacIndex()
  const objects = [...kubernetesRoles, ...margayRoles, ...bootstrapBindings, ...commonObjects()]
  for (const object of [...objects, ...Array.from({ length: users }, (_, at) => objectsOf(at)).flat()])
    index.put(object as ResourceObject)
  return index
}

const rbac = 'rbac.authorization.k8s.io'
const apiVersion = `${rbac}/v1`
const spaceOf = (at: number): string => `space-${at % 100}`

function commonObjects(): ResourceObject[] {
  return [
    binding(
      'ClusterRoleBinding',
      'operators',
      undefined,
      'Group',
      'operators',
      'ClusterRole',
      'margay:tier-editor',
    ),
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'developers-get-tier' },
      subjects: [{ kind: 'Group', apiGroup: rbac, name: 'developers' }],
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'margay:default-tier-getter' },
    },
  ]
}

function objectsOf(at: number): ResourceObject[] {
  const name = `user-${at}`
  const namespace = spaceOf(at)
  const rules = [
    { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'configmaps', 'secrets'] },
  ]
  return [
    { apiVersion, kind: 'Role', metadata: { name, namespace }, rules },
    binding('RoleBinding', name, namespace, 'User', name, 'Role', name),
    binding(
      'RoleBinding',
      'developers',
      namespace,
      'Group',
      'developers',
      'ClusterRole',
      'margay:policy-author',
    ),
  ]
}

function binding(
  kind: string,
  name: string,
  namespace: string | undefined,
  subjectKind: string,
  subject: string,
  roleKind: string,
  role: string,
): ResourceObject {
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    subjects: [{ kind: subjectKind, apiGroup: rbac, name: subject }],
    roleRef: { apiGroup: rbac, kind: roleKind, name: role },
  }
}

/** Three pairs of a question that is answered with yes and one that is answered with no. */
function questionsOf(at: number, authorizer: Authorizer): (() => boolean)[] {
  const groups = ['developers', ...(at % 10 === 0 ? ['operators'] : []), authenticatedGroup]
  const user: User = { name: `user-${at}`, groups }
  const pods = (verb: string, namespace: string) => {
    const attributes = {
      ...resourceAction({ verb, group: '', resource: 'pods', namespace, name: 'p' }),
      user,
    }
    return () => authorizer.decide(attributes).decision === 'Allow'
  }
  const path = (asked: string) => () =>
    authorizer.decide({ verb: 'get', path: asked, user }).decision === 'Allow'
  const policy = (verb: string, tier: string, namespace: string) => {
    const action = resourceAction({
      verb,
      group: calicoGroup,
      resource: 'networkpolicies',
      namespace,
      name: 'p',
    })
    return () => askTier(authorizer, user, action, tier) === 'Allowed'
  }
  return [
    pods('get', spaceOf(at)),
    pods('delete', `other-${at}`),
    path('/apis/projectcalico.org/v3'),
    path('/metrics'),
    policy('update', 'default', spaceOf(at)),
    policy('update', 'default', `other-${at}`),
  ]
}
