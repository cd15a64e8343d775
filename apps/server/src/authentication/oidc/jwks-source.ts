/**
 * The keys of an OpenID Connect issuer: fetched when they are first needed, kept, and fetched again when they are old or a
 * token names a key that is not among them.
 *
 * Holds   An issuer that does not answer makes tokens fail, never the server; it is not asked more often than once in a
 *         while, whatever clients send.
 * Source  OpenID Connect Discovery 1.0; RFC 7517.
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { isObject } from '../../json.ts'

/** Fetches a JSON document over HTTPS. Rejects for anything but a 200 with JSON. */
export type FetchJson = (url: string) => Promise<unknown>

export interface JwksOptions {
  readonly issuerUrl: string
  readonly fetchJson: FetchJson
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const refreshAfterMs = 60 * 60 * 1000
const askAgainAfterMs = 10 * 1000

export class JwksSource {
  readonly #options: JwksOptions
  #keys: JWTVerifyGetKey | undefined
  #fetchedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(options: JwksOptions) {
    this.#options = options
  }

  /** Undefined when the issuer never told its keys. */
  async current(): Promise<JWTVerifyGetKey | undefined> {
    const isOld = this.#options.now() - this.#fetchedAt > refreshAfterMs
    if (isOld) await this.#ask()
    return this.#keys
  }

  /** For a token whose key is not among those that are known. */
  async refreshed(): Promise<JWTVerifyGetKey | undefined> {
    await this.#ask()
    return this.#keys
  }

  async #ask(): Promise<void> {
    if (this.#asking === undefined) {
      if (this.#options.now() - this.#askedAt < askAgainAfterMs) return
      this.#askedAt = this.#options.now()
      this.#asking = this.#fetch().finally(() => {
        this.#asking = undefined
      })
    }
    // Old keys are as good as they were: an issuer that is away for a moment locks nobody out.
    await this.#asking.catch(() => undefined)
  }

  async #fetch(): Promise<void> {
    const { issuerUrl, fetchJson, now } = this.#options
    const discovery = await fetchJson(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)
    if (!isObject(discovery) || discovery.issuer !== issuerUrl || typeof discovery.jwks_uri !== 'string')
      throw new TypeError(`${issuerUrl} does not describe itself as an OpenID Connect issuer of this name`)
    const keys = await fetchJson(discovery.jwks_uri)
    if (!isKeySet(keys)) throw new TypeError(`${discovery.jwks_uri} is no set of keys`)
    this.#keys = createLocalJWKSet(keys)
    this.#fetchedAt = now()
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return isObject(value) && Array.isArray(value.keys) && value.keys.every(isObject)
}
