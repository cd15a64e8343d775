/**
 * To act as somebody else: each thing that is claimed needs the verb `impersonate` on it.
 *
 * Source  Kubernetes authentication, "User impersonation"; `WithImpersonation` of k8s.io/apiserver.
 */
import { type Authorizer, isAllowed, resourceAction } from '../authorization/attributes.ts'
import { refusal } from '../authorization/refusal.ts'
import type { HeaderList } from '../http/header-list.ts'
import { badRequest } from '../status/api-error.ts'
import { extraOf } from './extra-headers.ts'
import {
  anonymousName,
  authenticatedGroup,
  parseServiceAccountUser,
  serviceAccountGroups,
  type User,
  unauthenticatedGroup,
} from './user.ts'

/** What the headers ask for. */
export interface Impersonation {
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>> | undefined
}

/** Undefined when nothing of the kind is asked. */
export function parseImpersonation(headers: HeaderList): Impersonation | undefined {
  const [user = ''] = headers.values('impersonate-user')
  const [uid = ''] = headers.values('impersonate-uid')
  const groups = headers.values('impersonate-group').filter((group) => group !== '')
  const extra = extraOf(headers, 'impersonate-extra-')
  if (user === '' && uid === '' && groups.length === 0 && extra === undefined) return undefined
  return { user, uid, groups, extra }
}

/** The user to go on as. Throws a 403 for what the real one may not claim, and a 400 without a user to be. */
export function impersonate(authorizer: Authorizer, real: User, asked: Impersonation): User {
  if (asked.user === '')
    throw badRequest('Impersonate-Group, -Uid and -Extra need Impersonate-User beside them')
  for (const claim of claimsOf(asked)) {
    const attributes = { ...claim, user: real }
    const decision = authorizer.decide(attributes)
    if (!isAllowed(decision)) throw refusal(attributes, decision.reason)
  }
  return userOf(asked)
}

export function userOf({ user: name, uid, groups, extra }: Impersonation): User {
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: withImplied(name, groups),
    ...(extra === undefined ? {} : { extra }),
  }
}

function* claimsOf({ user, uid, groups, extra = {} }: Impersonation) {
  const claim = (
    group: string,
    resource: string,
    name: string,
    more: { namespace?: string; subresource?: string },
  ) => resourceAction({ verb: 'impersonate', group, resource, name, ...more })
  const account = parseServiceAccountUser(user)
  if (account === undefined) yield claim('', 'users', user, {})
  else yield claim('', 'serviceaccounts', account.name, { namespace: account.namespace })
  for (const group of groups) yield claim('', 'groups', group, {})
  if (uid !== '') yield claim('authentication.k8s.io', 'uids', uid, {})
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values)
      yield claim('authentication.k8s.io', 'userextras', value, { subresource: key })
  }
}

/** Groups that come with the name: a service account's own if none are asked for, and that of all who are known. */
function withImplied(name: string, asked: readonly string[]): string[] {
  const account = parseServiceAccountUser(name)
  const groups =
    account !== undefined && asked.length === 0 ? serviceAccountGroups(account.namespace) : [...asked]
  const implied = name === anonymousName ? unauthenticatedGroup : authenticatedGroup
  const isTold = groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup)
  return isTold ? groups : [...groups, implied]
}
