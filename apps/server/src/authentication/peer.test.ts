/** A certificate is read once for a connection, and belongs to that one alone. */
import { connect as connectHttp2 } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { KeyPair } from '../pki/certificates.ts'
import { createClients } from '../testing/clients.ts'
import { TestServer } from '../testing/test-server.ts'

const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
let server: TestServer
let ann: KeyPair
let bob: KeyPair
beforeAll(async () => {
  const clients = await createClients()
  ann = await clients.certificateOf('ann')
  bob = await clients.certificateOf('bob')
  server = await TestServer.start(undefined, undefined, { tls: clients.tls })
})
afterAll(() => server.close())

function open(client: KeyPair | undefined, more: object = {}): TLSSocket {
  const options = { host: '127.0.0.1', port: server.port, ca: server.pki.caCert, ...client }
  return connect({ ...options, ALPNProtocols: ['http/1.1'], ...more }).on('error', () => undefined)
}

/** Who the server takes the connection for; over HTTP/1.1. */
async function nameOn(socket: TLSSocket, header = ''): Promise<string | undefined> {
  socket.write(`POST ${whoAmI} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n${header}\r\n`)
  const answer = String(await new Promise<Buffer>((resolve) => socket.once('data', resolve)))
  return /"username":"([^"]+)"/.exec(answer)?.[1]
}

test('connections of several clients, used in turn, are each their own', async () => {
  const sockets = [open(ann), open(bob), open(undefined), open(ann)]
  for (let round = 0; round < 3; round++) {
    const names: (string | undefined)[] = []
    for (const socket of sockets) names.push(await nameOn(socket))
    expect(names).toEqual(['ann', 'bob', undefined, 'ann'])
  }
  for (const socket of sockets) socket.destroy()
})

test('over HTTP/2 too', async () => {
  const { caCert: ca } = server.pki
  const sessions = [ann, bob].map((client) => connectHttp2(server.url, { ca, ...client }))
  for (let round = 0; round < 3; round++) {
    const texts = sessions.map(async (session) => {
      const stream = session.request({ ':method': 'POST', ':path': whoAmI })
      return (await stream.end().setEncoding('utf8').toArray()).join('')
    })
    const names = (await Promise.all(texts)).map((text) => /"username":"([^"]+)"/.exec(text)?.[1])
    expect(names).toEqual(['ann', 'bob'])
  }
  for (const session of sessions) session.destroy()
})

test('a connection that comes after another, from the same port, is its own', async () => {
  const first = open(ann)
  const closed = new Promise((resolve) => first.once('close', resolve))
  // The server closes it, so that the port is free at once.
  expect(await nameOn(first, 'connection: close\r\n')).toBe('ann')
  const { localPort } = first
  await closed
  const second = open(bob, { localPort })
  expect(await nameOn(second)).toBe('bob')
  expect([second.localPort, typeof localPort]).toEqual([localPort, 'number'])
  second.destroy()
})

test('an open connection can not become that of another client: shaking hands again is refused', async () => {
  const socket = open(ann, { maxVersion: 'TLSv1.2' })
  expect(await nameOn(socket)).toBe('ann')
  const error = await new Promise<Error | null>((resolve) => {
    socket.on('error', resolve)
    socket.renegotiate({}, resolve)
  })
  expect(error).toMatchObject({ message: expect.stringMatching(/renegotiation/i) })
  socket.destroy()
})

test('the certificate is read once for each connection', async () => {
  const { TLSSocket } = await import('node:tls')
  const read = vi.spyOn(TLSSocket.prototype, 'getPeerX509Certificate')
  try {
    const socket = open(ann)
    for (let n = 0; n < 20; n++) expect(await nameOn(socket)).toBe('ann')
    expect(read).toHaveBeenCalledTimes(1)
    socket.destroy()
  } finally {
    read.mockRestore()
  }
})
