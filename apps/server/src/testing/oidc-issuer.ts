/** An OpenID Connect issuer on a loopback port. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { createCertificateAuthority, issueServerCertificate, type KeyPair } from '../pki/certificates.ts'

interface SigningKey {
  readonly id: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export class OidcIssuer {
  /** PEM: who vouches for it. */
  readonly caCert: string
  /** Paths, in the order in which they were asked for. */
  readonly asked: string[] = []
  isBroken = false
  readonly #server: Server
  #key: SigningKey = makeKey('first')

  private constructor(server: Server, caCert: string) {
    this.#server = server
    this.caCert = caCert
    server.on('request', (request, response) => {
      this.asked.push(request.url ?? '')
      const document = this.#documents()[request.url ?? '']
      response.statusCode = document === undefined || this.isBroken ? 500 : 200
      response.end(JSON.stringify(document ?? null))
    })
  }

  static async start(): Promise<OidcIssuer> {
    const validity = { now: new Date(), days: 1 }
    const authority: KeyPair = await createCertificateAuthority(validity)
    const { cert, key } = await issueServerCertificate(authority, { names: ['127.0.0.1'] }, validity)
    const server = createServer({ cert, key })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new OidcIssuer(server, authority.cert)
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Signs with another key from now on, and tells of no older one. */
  rotate(): void {
    this.#key = makeKey(`next-${this.asked.length}`)
  }

  token(claims: Record<string, unknown>): Promise<string> {
    return new SignJWT({ iss: this.url, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: this.#key.id })
      .sign(this.#key.privateKey)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #documents(): Record<string, unknown> {
    const { id, publicKey } = this.#key
    return {
      '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: `${this.url}/keys` },
      '/keys': { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' }] },
    }
  }
}

function makeKey(id: string): SigningKey {
  return { id, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}
