/** Serves metrics over plain HTTP at one address, which is not that of checks: whoever may read the one need not reach the other. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatMetrics, type Metric, prometheusContentType } from '@margay/metrics'

export interface MetricsAddress {
  /** An IP address. */
  readonly host: string
  /** TCP, 0-65535; 0 is any that is free. */
  readonly port: number
}

export interface MetricsServer {
  /** Where it listens. */
  readonly port: number
  stop(): void
}

/** A scrape is one short request. */
const requestTimeoutMs = 10_000
const mostConnections = 32

/** `read` gives them as they are. @throws Error of the system where it can't listen there */
export async function serveMetrics(
  address: MetricsAddress,
  read: () => readonly Metric[],
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: requestTimeoutMs }, ({ method, url }, response) => {
    if (url?.split('?')[0] !== '/metrics') plain(response, 404, 'metrics are at /metrics\n')
    else if (method !== 'GET' && method !== 'HEAD')
      plain(response.setHeader('allow', 'GET, HEAD'), 405, 'metrics can only be read\n')
    else plain(response, 200, formatMetrics(read()), prometheusContentType)
  })
  server.maxConnections = mostConnections
  await listen(server, address)
  // What goes wrong with accepting one connection must not end the others.
  server.on('error', () => undefined)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listen(server: Server, { host, port }: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function plain(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type }).end(text)
}
