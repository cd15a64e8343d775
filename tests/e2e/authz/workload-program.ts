/**
 * `node workload-program.ts PORT [HOST]`: a workload that answers each request with what it got, over HTTP/1.1 and HTTP/2, and other bytes
 * with the same bytes. Prints `ready` when it listens.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const [port = '', host = '127.0.0.1'] = process.argv.slice(2)

/** What a workload saw, as it saw it. */
interface Seen {
  readonly method: string
  readonly path: string
  /** Names in lower case and values, alternating, in their order. */
  readonly headers: readonly string[]
}

const http = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
  request.resume()
  const { method = '', url = '', rawHeaders } = request
  response.setHeader('content-type', 'application/json')
  response.end(asJson({ method, path: url, headers: lowerCased(rawHeaders) }))
})
// Proxies keep connections open for longer than a server by itself does; one that closes at that moment would be a failure of the test.
http.keepAliveTimeout = 0

const http2 = createHttp2Server()
http2.on('stream', (stream: ServerHttp2Stream, headers) => {
  stream.on('error', () => undefined).resume()
  const { ':method': method = '', ':path': path = '', ...others } = headers
  const pairs = Object.entries(others).flatMap(([name, value]) => [name, String(value)])
  stream.respond({ ':status': 200, 'content-type': 'application/json' })
  stream.end(asJson({ method, path, headers: pairs }))
})

/** HTTP/2 begins with a preface of its own. Source: RFC 9113, 3.4. */
const server = createServer((socket: Socket) => {
  socket.on('error', () => undefined)
  socket.once('data', (first: Buffer) => {
    const text = first.toString('latin1')
    if (text.startsWith('PRI ')) handOver(http2, socket, first)
    else if (/^[A-Z]+ \S+ HTTP\/1/.test(text)) handOver(http, socket, first)
    else socket.on('data', (bytes) => socket.write(bytes)).write(first)
  })
})

for (const inner of [http, http2]) await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve))
server.listen(Number(port), host, () => console.log('ready'))

/** By a connection of its own: bytes that were read can't be given back to a server of HTTP/2. */
function handOver(to: Server, socket: Socket, first: Buffer): void {
  const inner = connect((to.address() as AddressInfo).port, '127.0.0.1')
  inner.on('error', () => socket.destroy()).write(first)
  socket.pipe(inner).pipe(socket)
}

function lowerCased(rawHeaders: readonly string[]): string[] {
  return rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
}

function asJson(seen: Seen): string {
  return JSON.stringify(seen)
}
