/** Requests over kept-alive connections, with TLS as configured. All that is undici is in this file. */
import { Agent, type Dispatcher } from 'undici'
import type { ClientConfig } from '../config/client-config.ts'
import { toApiError } from './api-error.ts'
import { ConnectionError, toConnectionError } from './connection-error.ts'
import { readWarnings } from './warnings.ts'

export interface Timeouts {
  /** Milliseconds to connect, TLS included. */
  readonly connectMs: number
  /** Milliseconds without a byte of an answer that is due. */
  readonly answerMs: number
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute path and query. */
  readonly path: string
  readonly body?: unknown
  /** Of the body; JSON by default. */
  readonly contentType?: string
  readonly signal?: AbortSignal | undefined
}

export class Transport {
  /** As in the configuration, for messages. */
  readonly #server: string
  readonly #origin: string
  /** Path of the API's root, without the last slash. */
  readonly #basePath: string
  readonly #token: string | undefined
  readonly #agent: Agent
  readonly #userAgent: string
  readonly #onWarning: (text: string) => void

  constructor(
    config: ClientConfig,
    timeouts: Timeouts,
    userAgent: string,
    onWarning: (text: string) => void = () => undefined,
  ) {
    this.#onWarning = onWarning
    const { origin, pathname } = new URL(config.server)
    this.#server = config.server
    this.#origin = origin
    this.#basePath = pathname.replace(/\/+$/, '')
    this.#token = config.token
    this.#userAgent = userAgent
    this.#agent = new Agent({
      // A watch has a connection of its own, so that its abrupt end is seen at once and stalls nobody else.
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      headersTimeout: timeouts.answerMs,
      bodyTimeout: timeouts.answerMs,
      connect: { ...tlsOptions(config), timeout: timeouts.connectMs, keepAlive: true },
    })
  }

  /** The answer as JSON. @throws ApiError, ConnectionError */
  async json(request: TransportRequest): Promise<unknown> {
    return this.#guarded(request.signal, async () => {
      const { statusCode, headers, body } = await this.#send(request)
      const text = await body.text()
      for (const warning of readWarnings(headers.warning)) this.#onWarning(warning)
      if (statusCode >= 400) throw toApiError(statusCode, text)
      return this.#parse(text)
    })
  }

  /** The answer as it comes; it may stay silent for any time. @throws ApiError, ConnectionError */
  async *stream(request: TransportRequest): AsyncGenerator<Uint8Array> {
    const body = await this.#guarded(request.signal, () => this.#open(request))
    const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    try {
      for (;;) {
        const next = await this.#guarded(request.signal, () => chunks.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      // Whoever stops reading wants no more of it: without this the connection would fill up and stay.
      body.on('error', () => undefined).destroy()
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #open(request: TransportRequest): Promise<Dispatcher.ResponseData['body']> {
    const { statusCode, body } = await this.#send(request, { bodyTimeout: 0 })
    if (statusCode >= 400) throw toApiError(statusCode, await body.text())
    return body
  }

  #send(
    { method, path, body, contentType, signal }: TransportRequest,
    options: { bodyTimeout?: number } = {},
  ): Promise<Dispatcher.ResponseData> {
    const token = this.#token
    return this.#agent.request({
      origin: this.#origin,
      path: `${this.#basePath}${path}`,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      ...options,
    })
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new ConnectionError(this.#server, 'Protocol', 'its answer is not JSON', cause)
    }
  }

  /** Errors of the connection as ConnectionError; an abort as the reason that the caller gave. */
  async #guarded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted()
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      throw toConnectionError(this.#server, error) ?? error
    }
  }
}

function tlsOptions(config: ClientConfig): Record<string, string | boolean> {
  const { ca, clientCertificate, clientKey, tlsServerName, insecureSkipTlsVerify } = config
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    ...(insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  }
}
