/** An object that looks like a policy, of which nothing was checked. */
export interface PolicyLike {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly spec?: Readonly<Record<string, unknown>>
}

/** Rules of a v3 policy. */
export const denyAll = {
  types: ['Ingress', 'Egress'],
  ingress: [{ action: 'Deny' }],
  egress: [{ action: 'Deny' }],
}

export function named({ apiVersion, kind, metadata }: Omit<PolicyLike, 'spec'>): object {
  return { apiVersion, kind, metadata: { name: metadata?.name, namespace: metadata?.namespace } }
}
