import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'
import { defaultTimeouts } from './timeouts.ts'

const sets = `${v3}/globalnetworksets`
let server: TestServer
beforeAll(async () => {
  // Long enough for the handshakes of the others, in this same process.
  const short = { handshakeMs: 3000, headersMs: 1000, bodyMs: 1000, idleMs: 1000 }
  const timeouts = { ...defaultTimeouts, ...short }
  server = await TestServer.start(undefined, undefined, { timeouts })
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

function open(...alpn: string[]): TLSSocket {
  const { caCert: ca, admin } = server.pki
  const socket = connectTls({ host: '127.0.0.1', port: server.port, ca, ...admin, ALPNProtocols: alpn })
  return socket.on('error', () => undefined)
}

/** All that the server says until it closes the connection; a byte is sent every so often. */
async function drip(socket: TLSSocket, start: string, drop: string): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write(start)
  const timer = setInterval(() => socket.write(drop), 50)
  await new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(timer))
  return text
}

test('who does not finish the TLS handshake is let go', async () => {
  const socket = connectTcp(server.port, '127.0.0.1').on('error', () => undefined)
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
})

test('headers that drip: 408, and the connection is closed', async () => {
  expect(await drip(open('http/1.1'), 'GET / HTTP/1.1\r\n', 'a: b\r\n')).toMatch(/^HTTP\/1.1 408 /)
})

const post = `POST ${sets} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
test.each([
  ['of a declared length', `${post}content-length: 1000\r\n\r\n{`, ' '],
  ['in chunks', `${post}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`, '1\r\n \r\n'],
])('a body %s that drips: 408 with a Status, and the connection is closed', async (_name, start, drop) => {
  const text = await drip(open('http/1.1'), start, drop)
  expect(text).toMatch(/^HTTP\/1.1 408 /)
  expect(text).toContain('did not arrive within 1 second')
})

test('a body over HTTP/2 that drips: 408, and other requests on the connection go on', async () => {
  const { caCert: ca, admin } = server.pki
  const session = connectHttp2(server.url, { ca, ...admin })
  const slow = session.request({ ':method': 'POST', ':path': sets })
  slow.on('error', () => undefined).write('{')
  const watch = session.request({ ':path': `${sets}?watch=true` })
  const statusOf = (stream: typeof slow) =>
    new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])))
  expect(await Promise.all([statusOf(slow), statusOf(watch)])).toEqual([408, 200])
  slow.resume()
  await new Promise((resolve) => slow.once('close', resolve))
  // A watch is a request: the connection is not idle, however quiet it is.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect([session.closed, watch.closed]).toEqual([false, false])
  watch.close()
  await new Promise((resolve) => session.once('close', resolve))
})

test('a body with an encoding: 415, whatever it would unfold to', async () => {
  const options = { body: new Uint8Array([0x1f, 0x8b]), headers: { 'content-encoding': 'gzip' } }
  const { status, json } = await server.call('POST', sets, options)
  expect(status).toBe(415)
  expect(json.message).toContain('the encoding "gzip"')
})

test('a chunked body far over the limit: 413, not a broken connection', async () => {
  const socket = open('http/1.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write(`${post}transfer-encoding: chunked\r\n\r\n`)
  const piece = `${(1 << 20).toString(16)}\r\n${'x'.repeat(1 << 20)}\r\n`
  for (let sent = 0; sent < 31 && text === ''; sent++)
    await new Promise((resolve) => socket.write(piece, resolve))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(text).toMatch(/^HTTP\/1.1 413 /)
  expect(text).toContain('Request entity too large: limit is 3145728 bytes')
})
