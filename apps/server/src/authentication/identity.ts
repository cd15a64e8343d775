/** All the ways of proving who one is, tied together. */
import type { X509Certificate } from 'node:crypto'
import type { Store } from '@margay/storage'
import type { Clock } from '../environment.ts'
import { type Authenticate, authenticatorChain } from './authenticator.ts'
import { bearerTokens, type VerifyToken, verifierChain } from './bearer-token.ts'
import { clientCertificates } from './client-certificate.ts'
import { type FrontProxyOptions, frontProxy } from './front-proxy.ts'
import type { FetchJson } from './oidc/jwks-source.ts'
import { type OidcOptions, oidcTokens } from './oidc/oidc-tokens.ts'
import type { SigningKeys } from './service-account/signing-key.ts'
import { serviceAccountTokens } from './service-account/token-verifier.ts'

export interface TokenIssuer {
  /** A URL, the `iss` of every token. */
  readonly issuer: string
  /** Of this server; the first is that of tokens for which nobody asks another. */
  readonly audiences: readonly string[]
  readonly keys: SigningKeys
}

export interface IdentityOptions {
  readonly clientAuthorities: readonly X509Certificate[]
  readonly tokens: TokenIssuer
  readonly frontProxy?: FrontProxyOptions
  readonly oidc?: OidcOptions & { readonly fetchJson: FetchJson }
  readonly store: Pick<Store, 'get'>
  readonly clock: Pick<Clock, 'now'>
}

export interface Identity {
  readonly authenticate: Authenticate
  readonly verifyToken: VerifyToken
  readonly tokens: TokenIssuer
}

export function createIdentity(options: IdentityOptions): Identity {
  const { clientAuthorities, tokens, frontProxy: proxy, oidc, store, clock } = options
  const { issuer, audiences, keys } = tokens
  const ours = serviceAccountTokens({ store, clock, issuer, audiences, keys: keys.verifying })
  const verifyToken = verifierChain([
    ours,
    ...(oidc === undefined ? [] : [oidcTokens(oidc, { fetchJson: oidc.fetchJson, now: () => clock.now() })]),
  ])
  const authenticate = authenticatorChain([
    ...(proxy === undefined ? [] : [frontProxy(proxy)]),
    clientCertificates(clientAuthorities),
    bearerTokens(verifyToken),
  ])
  return { authenticate, verifyToken, tokens }
}
