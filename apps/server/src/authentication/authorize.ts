/**
 * The one place where it is decided whether a user may do something. For now: administrators everything, others
 * nothing but to ask who they are.
 */
import { forbiddenRequest } from '../status/api-error.ts'
import { mastersGroup, type User } from './user.ts'

export interface Attempt {
  readonly user: User
  readonly method: string
  readonly pathname: string
}

/** Throws a 403 Status; returns for what is allowed. */
export type Authorize = (attempt: Attempt) => Promise<void>

export const authorizeMasters: Authorize = async ({ user, method, pathname }) => {
  if (user.groups.includes(mastersGroup) || pathname.startsWith('/apis/authentication.k8s.io/')) return
  const why = `only members of ${mastersGroup} may use this server`
  throw forbiddenRequest(`User "${user.name}" cannot ${method} path "${pathname}": ${why}`)
}
