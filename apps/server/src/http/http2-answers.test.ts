import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestServer } from '../testing/test-server.ts'

/** Source: RFC 9113, section 6. */
const headers = 1
const reset = 3
const settings = 4
const endOfStream = 1
const endOfHeaders = 4
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.close())

test('a 401 over HTTP/2 ends as it should, and no reset overtakes it', async () => {
  expect(await endingsOf('GET')).toEqual(['END_STREAM'])
})

test('who goes on sending a body that nobody reads hears the answer to its end, and is then stopped', async () => {
  expect(await endingsOf('POST')).toEqual(['END_STREAM', 'RST_STREAM'])
})

/** How the answer to somebody who proves nothing ends. The POST announces a body, and does not send it. */
async function endingsOf(method: 'GET' | 'POST'): Promise<string[]> {
  const { caCert: ca } = server.pki
  const socket = connect({ host: '127.0.0.1', port: server.port, ca, ALPNProtocols: ['h2'] })
  socket.write(Buffer.concat([Buffer.from(preface), frame(settings, 0, 0), requestFrame(method)]))
  const bytes = await everythingUntilQuiet(socket, 300)
  socket.destroy()
  return [...endings(bytes)]
}

/** HPACK (RFC 7541) from its static table: the method, https, and a path and an authority as they are. */
function requestFrame(method: 'GET' | 'POST'): Buffer {
  const text = (value: string) => Buffer.from([value.length, ...Buffer.from(value)])
  const fixed = Buffer.from([method === 'GET' ? 0x82 : 0x83, 0x87])
  const path = Buffer.concat([Buffer.from([0x04]), text('/api/v1/namespaces')])
  const authority = Buffer.concat([Buffer.from([0x01]), text('x')])
  const flags = method === 'GET' ? endOfStream | endOfHeaders : endOfHeaders
  return frame(headers, flags, 1, Buffer.concat([fixed, path, authority]))
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Quiet is not the time that the server takes before the stream has ended in any way. */
async function everythingUntilQuiet(socket: TLSSocket, quietMs: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if ([...endings(Buffer.concat(chunks))].length === 0) return
      clearTimeout(timer)
      timer = setTimeout(resolve, quietMs)
    })
  })
  return Buffer.concat(chunks)
}

/** Of stream 1. */
function* endings(bytes: Buffer): Iterable<string> {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const type = bytes.readUInt8(at + 3)
    if (bytes.readUInt32BE(at + 5) !== 1) continue
    if (type === reset) yield 'RST_STREAM'
    else if ((bytes.readUInt8(at + 4) & endOfStream) !== 0) yield 'END_STREAM'
  }
}
