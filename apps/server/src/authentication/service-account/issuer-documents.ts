/**
 * What others need to verify our tokens: `/.well-known/openid-configuration` and `/openid/v1/jwks`.
 *
 * Source  Kubernetes, "Service account issuer discovery"; OpenID Connect Discovery 1.0; RFC 7517.
 */
import { type FullResponse, json } from '../../http/message.ts'
import type { SigningKeys } from './signing-key.ts'

export const jwksPath = '/openid/v1/jwks'

/** Undefined for every other path. */
export function respondIssuerDocument(
  segments: readonly string[],
  issuer: string,
  keys: SigningKeys,
): FullResponse | undefined {
  switch (segments.join('/')) {
    case '.well-known/openid-configuration':
      return json(configuration(issuer, keys))
    case 'openid/v1/jwks':
      return json({ keys: keys.verifying.map(publicJwk) }, 200, {
        'content-type': 'application/jwk-set+json',
      })
    default:
      return undefined
  }
}

function configuration(issuer: string, { verifying }: SigningKeys): object {
  return {
    issuer,
    jwks_uri: `${issuer.replace(/\/$/, '')}${jwksPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(verifying.map(({ algorithm }) => algorithm))],
  }
}

function publicJwk({ id, algorithm, key }: SigningKeys['verifying'][number]): object {
  return { ...key.export({ format: 'jwk' }), use: 'sig', kid: id, alg: algorithm }
}
