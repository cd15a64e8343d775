/**
 * Serves metrics over HTTP where settings say so, in the network namespace in which the agent works. What fails is told once, and tried
 * again.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Clock } from '@margay/client'
import { formatMetrics, type Metric, prometheusContentType } from '@margay/metrics'
import { inNetworkNamespace } from '@margay/netlink'
import type { MetricsSettings } from '@margay/policy'

export interface MetricsServerOptions {
  /** As `ip netns` knows it; without it, the process's own. */
  readonly netns?: string
  readonly clock: Clock
  /** Takes one line at a time. */
  readonly log: (line: string) => void
  /** As they are now. */
  readonly metrics: (settings: MetricsSettings) => Promise<readonly Metric[]>
}

const retryAfterMs = 5000
/** Metrics are read at most so often, however many ask. */
const freshMs = 1000
/** A scrape is one short request. */
const requestTimeoutMs = 10_000
const mostConnections = 32

export class MetricsServer {
  readonly #options: MetricsServerOptions
  #settings: MetricsSettings | undefined
  #server: Server | undefined
  #cancelRetry: () => void = () => undefined
  #failure: string | undefined
  #read: { readonly atMs: number; readonly text: Promise<string> } | undefined

  constructor(options: MetricsServerOptions) {
    this.#options = options
  }

  /** Undefined: nowhere. */
  serve(settings: MetricsSettings | undefined): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return
    this.stop()
    this.#settings = settings
    this.#failure = undefined
    if (settings !== undefined) this.#listen(settings)
  }

  stop(): void {
    this.#cancelRetry()
    this.#settings = undefined
    this.#read = undefined
    this.#server?.close()
    this.#server?.closeAllConnections()
    this.#server = undefined
  }

  /** Where it listens; undefined: nowhere now. */
  get port(): number | undefined {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  #listen(settings: MetricsSettings): void {
    const server = createServer(
      { requestTimeout: requestTimeoutMs },
      (request, response) => void this.#answer(settings, request, response),
    )
    server.maxConnections = mostConnections
    server.on('error', (error) => this.#failed(server, settings, error))
    server.on('listening', () => this.#listens(settings))
    this.#server = server
    try {
      this.#open(server, settings)
    } catch (error) {
      this.#failed(server, settings, error)
    }
  }

  /** Only where no address is named is the socket made at once, so in the namespace: then who comes to another address is not heard. */
  #open(server: Server, { host, port }: MetricsSettings): void {
    const { netns } = this.#options
    if (netns === undefined) {
      server.listen({ port, host })
      return
    }
    server.on('connection', (socket) => {
      if (host !== undefined && socket.localAddress?.replace(/^::ffff:/, '') !== host) socket.destroy()
    })
    inNetworkNamespace(netns, () => server.listen(port))
  }

  #listens({ host = 'all addresses' }: MetricsSettings): void {
    this.#failure = undefined
    this.#options.log(`metrics are served at ${host}, port ${this.port}`)
  }

  #failed(server: Server, settings: MetricsSettings, error: unknown): void {
    if (server !== this.#server) return
    const line = `metrics: ${error instanceof Error ? error.message : String(error)}`
    if (line !== this.#failure) this.#options.log(`${line}; trying again`)
    this.#failure = line
    server.close()
    this.#cancelRetry()
    this.#cancelRetry = this.#options.clock.after(retryAfterMs, () => this.#listen(settings))
  }

  async #answer(
    settings: MetricsSettings,
    { method, url }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (url?.split('?')[0] !== '/metrics') return plain(response, 404, 'metrics are at /metrics\n')
    if (method !== 'GET' && method !== 'HEAD')
      return plain(response, 405, 'metrics can only be read\n', { allow: 'GET, HEAD' })
    try {
      plain(response, 200, await this.#text(settings), { 'content-type': prometheusContentType })
    } catch {
      plain(response, 500, 'metrics can not be read now\n')
    }
  }

  #text(settings: MetricsSettings): Promise<string> {
    const { clock, metrics } = this.#options
    const nowMs = clock.now().getTime()
    if (this.#read === undefined || Math.abs(nowMs - this.#read.atMs) >= freshMs)
      this.#read = { atMs: nowMs, text: metrics(settings).then(formatMetrics) }
    return this.#read.text
  }
}

function plain(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text)
}
