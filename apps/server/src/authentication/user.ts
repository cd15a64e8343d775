/** Who asks. Source: Kubernetes API, authentication.k8s.io/v1 UserInfo. */
export interface User {
  readonly name: string
  /** Tells two users of one name apart, where one came after the other. */
  readonly uid?: string
  readonly groups: readonly string[]
  /** What the authenticator knows besides. */
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Of everybody who proved who they are. */
export const authenticatedGroup = 'system:authenticated'
/** May do everything; the group of the administrator's certificate. */
export const mastersGroup = 'system:masters'
/** Of whoever proved nothing. */
export const unauthenticatedGroup = 'system:unauthenticated'
export const anonymousName = 'system:anonymous'
/** Of agents and others that act for a node: `system:node:NAME`. */
export const nodesGroup = 'system:nodes'
export const nodeUserPrefix = 'system:node:'

/** `system:serviceaccount:NAMESPACE:NAME`. */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

export const serviceAccountsGroup = 'system:serviceaccounts'

export function serviceAccountGroups(namespace: string): string[] {
  return [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`]
}

/** The way back from `serviceAccountUserName`; undefined for every other user. */
export function parseServiceAccountUser(
  name: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [system, kind, namespace, account, ...more] = name.split(':')
  if (system !== 'system' || kind !== 'serviceaccount' || more.length > 0) return undefined
  return namespace && account ? { namespace, name: account } : undefined
}
