/** A real server on a loopback port over a memory store, and a plain HTTPS client for it. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { createInterface } from 'node:readline'
import { MemoryStore, type Store } from '@margay/storage'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { TokenIssuer } from '../authentication/identity.ts'
import { ensureSigningKeys } from '../authentication/service-account/signing-key.ts'
import type { Log } from '../environment.ts'
import { ensurePki, type Files, type Pki } from '../pki/ensure-pki.ts'
import { type Server, type ServerOptions, startServer } from '../start-server.ts'
import { TestClock } from './test-clock.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server answered, and compare it with what they expect
  readonly json: any
}

export interface CallOptions {
  /** Sent as JSON unless it is text or bytes already. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Undefined: the administrator's. */
  readonly client?: { readonly cert: string; readonly key: string } | 'none'
}

export interface WatchEvent {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: as in Answer
  readonly object: any
}

export class MemoryFiles implements Files {
  readonly contents = new Map<string, string>()
  readonly privatePaths = new Set<string>()

  async read(path: string): Promise<string | undefined> {
    return this.contents.get(path)
  }

  async write(path: string, content: string, isPrivate: boolean): Promise<void> {
    this.contents.set(path, content)
    if (isPrivate) this.privatePaths.add(path)
  }
}

let sharedPki: Promise<Pki> | undefined
/** One authority for all tests of a file: making keys is slow. Valid in real time, since TLS looks at the real clock. */
export function testPki(): Promise<Pki> {
  sharedPki ??= ensurePki('/pki', new MemoryFiles(), { now: new Date() })
  return sharedPki
}

export const testIssuer = 'https://issuer.test'
let sharedTokens: Promise<TokenIssuer> | undefined
export function testTokens(): Promise<TokenIssuer> {
  sharedTokens ??= ensureSigningKeys('/pki', new MemoryFiles()).then((keys) => ({
    issuer: testIssuer,
    audiences: [testIssuer],
    keys,
  }))
  return sharedTokens
}

export class TestServer {
  readonly store: Store
  readonly clock: TestClock
  /** What the server logged as its own failure. */
  readonly errors: readonly string[]
  readonly pki: Pki
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(parts: Pick<TestServer, 'store' | 'clock' | 'errors' | 'pki'>, server: Server) {
    this.store = parts.store
    this.clock = parts.clock
    this.errors = parts.errors
    this.pki = parts.pki
    this.#server = server
  }

  static async start(
    store: Store = new MemoryStore(),
    audit?: AuditTrail,
    more: Partial<ServerOptions> = {},
  ): Promise<TestServer> {
    const pki = await testPki()
    const clock = new TestClock()
    const errors: string[] = []
    const log: Log = {
      info: () => undefined,
      error: (message, cause) => errors.push(`${message}: ${String(cause)}`),
    }
    const random = {
      uuid: () => randomUUID(),
      bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    }
    const tls = { ...pki.server, clientCa: pki.caCert }
    const environment = { store, clock, log, random, ...(audit === undefined ? {} : { audit }) }
    const tokens = await testTokens()
    const server = await startServer({ ...environment, tls, tokens, host: '127.0.0.1', port: 0, ...more })
    return new TestServer({ store, clock, errors, pki }, server)
  }

  get port(): number {
    return this.#server.port
  }

  get url(): string {
    return this.#server.url
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await this.#send(method, path, options)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const isJson = response.headers['content-type']?.startsWith('application/json') === true
    const json = isJson && text !== '' ? JSON.parse(text) : undefined
    return { status: response.statusCode ?? 0, headers: response.headers, text, json }
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('GET', path, { headers })
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.call('POST', path, { body })
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.call('PUT', path, { body })
  }

  /** `type` is the part of the media type before `-patch+json`. */
  patch(path: string, type: 'merge' | 'json' | 'strategic-merge', body: unknown): Promise<Answer> {
    return this.call('PATCH', path, { body, headers: { 'content-type': `application/${type}-patch+json` } })
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.call('DELETE', path, body === undefined ? {} : { body })
  }

  async watch(
    path: string,
    headers: Record<string, string> = {},
    options: Pick<CallOptions, 'client'> = {},
  ): Promise<TestWatch> {
    const response = await this.#send('GET', path, { headers, ...options })
    return new TestWatch(response)
  }

  async close(): Promise<void> {
    await this.#server.close()
    this.#agent.destroy()
    await this.store.close()
  }

  #send(method: string, path: string, options: CallOptions): Promise<IncomingMessage> {
    const client = options.client ?? this.pki.admin
    const identity = client === 'none' ? { agent: false as const } : { ...client, agent: this.#agent }
    const body = bodyBytes(options.body)
    const headers: Record<string, string> = { ...options.headers }
    if (body !== undefined) {
      headers['content-type'] ??= 'application/json'
      headers['content-length'] = String(body.length)
    }
    return new Promise((resolve, reject) => {
      const { caCert: ca } = this.pki
      const request = httpsRequest(
        { host: '127.0.0.1', port: this.port, method, path, headers, ca, ...identity },
        resolve,
      )
      request.once('error', reject)
      request.end(body)
    })
  }
}

export class TestWatch {
  readonly response: IncomingMessage
  readonly #lines: AsyncIterator<string>

  constructor(response: IncomingMessage) {
    this.response = response
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]()
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<WatchEvent | undefined> {
    const { value, done } = await this.#lines.next()
    return done === true ? undefined : JSON.parse(value)
  }

  async take(count: number): Promise<(WatchEvent | undefined)[]> {
    const events: (WatchEvent | undefined)[] = []
    for (let n = 0; n < count; n++) events.push(await this.next())
    return events
  }

  close(): void {
    this.response.destroy()
  }
}

function bodyBytes(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(JSON.stringify(body))
}
