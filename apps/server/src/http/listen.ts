/**
 * The API on a socket: TLS with client certificates asked for, HTTP/2 and HTTP/1.1. All that is not sockets is `Api`.
 */
import { constants } from 'node:crypto'
import { createSecureServer, type SecureServerOptions, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Log } from '../environment.ts'
import { Capacity } from './capacity.ts'
import { Connections } from './connections.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { type Handler, serveRequest } from './serve-request.ts'
import { defaultTimeouts, type Timeouts } from './timeouts.ts'

export interface TlsOptions {
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** PEM: who signs the certificates of clients. */
  readonly clientCa: string
  /** PEM: who signs the certificates of front proxies. */
  readonly frontProxyCa?: string
}

export interface Listener {
  readonly port: number
  /** Ends all streams, lets requests under way finish for a moment, then closes every connection. */
  close(): Promise<void>
}

/** How long a request under way may go on after `close`, and a client may take to read what was sent. */
const graceMs = 2000

const refusalLogMs = 60_000

/** Requests and watches on one connection of HTTP/2; clients wait for one to end before they start another. */
const maxConcurrentStreams = 250

/** A client that shakes hands again on an open connection could only waste time, or become somebody else. */
const tlsRules: SecureServerOptions = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
}

export interface ListenOptions {
  readonly timeouts?: Timeouts | undefined
  readonly limits?: Limits | undefined
  readonly log: Log
}

/** Rejects with the system's error (`code` EADDRINUSE, EACCES, ...) when it can't listen there. */
export async function listen(
  handler: Handler,
  tls: TlsOptions,
  host: string,
  port: number,
  { timeouts = defaultTimeouts, limits = defaultLimits, log }: ListenOptions,
): Promise<Listener> {
  const stopping = new AbortController()
  const connections = new Connections(limits.connections, refusals(log))
  const capacity = new Capacity(limits)
  const serving = { handler, capacity, connections, timeouts, stopping: stopping.signal }
  const underWay = new Set<Promise<void>>()
  const { key, cert, clientCa, frontProxyCa } = tls
  const ca = frontProxyCa === undefined ? clientCa : [clientCa, frontProxyCa]
  // A connection without a certificate is let in: it may have a token, or only ask for health.
  const options = { key, cert, ca, requestCert: true, rejectUnauthorized: false, allowHTTP1: true }
  const server = createSecureServer(
    { ...options, ...tlsRules, ...platformLimits(timeouts) },
    (request, response) => {
      const served = serveRequest(serving, request, response)
      underWay.add(served)
      void served.finally(() => underWay.delete(served))
    },
  )
  connections.track(server)
  server.on('session', (session) => {
    const isProven = (): boolean => connections.isProven(session.socket)
    endWhenIdle(session, () => (isProven() ? timeouts.idleMs : timeouts.unprovenIdleMs))
  })
  // A client that breaks off, or never meant to speak TLS, is no concern of ours.
  server.on('sessionError', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: portOf(server.address()),
    close: async () => {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await withinGrace(Promise.allSettled(underWay))
      connections.end()
      await withinGrace(closed)
      connections.destroy()
      await closed
    },
  }
}

/** What the platform itself enforces. It looks at slow HTTP/1.1 clients every so often. */
function platformLimits({ handshakeMs, headersMs, bodyMs }: Timeouts): SecureServerOptions {
  const http1Options = {
    headersTimeout: headersMs,
    // Who is refused before the body is read may take a little longer over it.
    requestTimeout: headersMs + 2 * bodyMs,
    connectionsCheckingInterval: Math.min(headersMs, 5000),
  }
  const settings = { maxConcurrentStreams }
  return { handshakeTimeout: handshakeMs, settings, http1Options, ...http1Options } as SecureServerOptions
}

/** A connection without a request is closed after a while; a quiet watch is a request. */
function endWhenIdle(session: ServerHttp2Session, idleMs: () => number): void {
  let open = 0
  const startTimer = (): NodeJS.Timeout => setTimeout(() => session.close(), idleMs()).unref()
  let timer = startTimer()
  session.on('stream', (stream) => {
    open += 1
    clearTimeout(timer)
    stream.once('close', () => {
      open -= 1
      if (open === 0 && !session.destroyed) timer = startTimer()
    })
  })
  session.once('close', () => clearTimeout(timer))
}

/** One line a minute at most: whoever reads the log should learn of it, and not drown in it. */
function refusals(log: Log): () => void {
  let toldMs = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - toldMs < refusalLogMs) return
    toldMs = performance.now()
    log.info('too many connections are open: some were closed (margay server --max-connections)')
  }
}

async function withinGrace(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port')
  return address.port
}
