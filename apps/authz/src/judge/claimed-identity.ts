/** Where a check says who the source is: what a proxy, or a filter of it, verified. Nobody here verifies it again. */
import type { Check } from '../check/check.ts'
import { lastForwardedUris } from './forwarded-certificate.ts'

export type IdentitySource =
  /** The certificate of the connection's far end. */
  | { readonly kind: 'Principal' }
  /** The nearest proxy's word in `x-forwarded-client-cert`: for proxies behind another that ends the connection. */
  | { readonly kind: 'ForwardedCertificate' }
  /** What a filter of the proxy found out. */
  | { readonly kind: 'Metadata'; readonly namespace: string; readonly key: string }

/** Undefined: it names nobody. What is no identity at all is left for who reads it. */
export function claimedIdentity(check: Check, from: IdentitySource): string | undefined {
  switch (from.kind) {
    case 'Principal':
      return check.source.principal || undefined
    case 'ForwardedCertificate':
      return forwardedIdentity(check.http?.headers.get('x-forwarded-client-cert'))
    case 'Metadata':
      return check.metadata.get(from.namespace)?.get(from.key) || undefined
  }
}

/** A certificate that names no workload, or several, is one that names nobody we know: not the absence of one. */
function forwardedIdentity(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const uris = lastForwardedUris(header) ?? []
  return uris.length === 1 ? uris[0] : notOne
}

const notOne = 'not one URI'
