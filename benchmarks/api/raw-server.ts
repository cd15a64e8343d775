/**
 * The baseline, as a process of its own: node:https with the same certificates, which keeps bodies in memory by path and
 * does nothing else. PUT keeps a body and sends it back, GET sends what was kept. What is put as `all` is the collection.
 *
 * Arguments: the directory with the certificates. Prints `listening on PORT`; ends with its standard input.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const pki = process.argv[2] ?? ''
const read = (name: string) => readFileSync(join(pki, name))
const tls = { key: read('server.key'), cert: read('server.crt'), ca: read('ca.crt') }
const bodies = new Map<string, Buffer>()

const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
  const path = (request.url ?? '').replace(/\?.*$/, '').replace(/\/all$/, '')
  if (request.method === 'PUT') keep(path, request, response)
  else answer(response, bodies.get(path))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${(server.address() as AddressInfo).port}`))
process.stdin.once('end', () => process.exit()).resume()

function keep(path: string, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    bodies.set(path, Buffer.concat(chunks))
    answer(response, bodies.get(path))
  })
}

function answer(response: ServerResponse, body: Buffer | undefined): void {
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(body)
}
