/** Against real servers on loopback, which misbehave in every way that a test could think of. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { testPki } from '../testing/test-server.ts'
import type { ListRequest } from './fetch-list.ts'
import { type HttpListOptions, httpLists } from './http-lists.ts'
import { isRefusedAddress } from './refused-addresses.ts'

const limits = { mostBytes: 1000, mostUnpackedBytes: 5000, totalMs: 500 }
const servers: (Server | TcpServer)[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function listening(server: Server | TcpServer): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function serve(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(answer))}/list?key=hunter2`
}

const text = (body: string | Uint8Array, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(200, headers).end(body)
}

function pull(url: string, request: Partial<ListRequest> = {}, options: HttpListOptions = {}) {
  const lists = httpLists({ allowLocal: true, limits, ...options })
  return lists({ url, headers: {}, signal: new AbortController().signal, ...request })
}

test('a list, and what it says of itself', async () => {
  const url = await serve(text('a\nb', { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }))
  const validators = { etag: '"1"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' }
  expect(await pull(url)).toEqual({ kind: 'List', text: 'a\nb', validators })
})

test('304: what is known is sent, and unchanged', async () => {
  const url = await serve((request, response) => {
    const { 'if-none-match': etag, 'if-modified-since': since } = request.headers
    response.writeHead(etag === '"1"' && since === 'x' ? 304 : 500).end()
  })
  expect(await pull(url, { known: { etag: '"1"', lastModified: 'x' } })).toEqual({ kind: 'Unchanged' })
})

describe('gzip', () => {
  const packed = gzipSync('a\nb')
  test.each<[string, Record<string, string>]>([
    ['on the way', { 'content-encoding': 'gzip' }],
    ['as a file', { 'content-type': 'application/gzip' }],
  ])('%s', async (_, headers) => {
    expect(await pull(await serve(text(packed, headers)))).toMatchObject({ text: 'a\nb' })
  })

  test.each<[string, Uint8Array, Record<string, string>, string]>([
    ['a bomb', gzipSync(Buffer.alloc(100_000)), {}, 'has more than 5000 bytes unpacked'],
    ['cut off', packed.subarray(0, 15), {}, 'can not be unpacked'],
    ['packed otherwise', packed, { 'content-encoding': 'br' }, 'packed otherwise than by gzip'],
  ])('%s', async (_, body, headers, message) => {
    await expect(pull(await serve(text(body, headers)))).rejects.toThrow(message)
  })
})

test.each([400, 401, 404, 429, 500, 503, 206, 204])('%i is told without the query', async (status) => {
  const url = await serve((_, response) => void response.writeHead(status).end('hunter2'))
  const message = new RegExp(`^127[.]0[.]0[.]1:\\d+ answered ${status}$`)
  await expect(pull(url)).rejects.toThrow(message)
})

test('no more is read than the limit, however much comes', async () => {
  let sent = 0
  const url = await serve((_, response) => {
    const more = (): void => {
      sent += 100_000
      if (response.write(Buffer.alloc(100_000, 'a')) && sent < 1e9) setImmediate(more)
    }
    response.writeHead(200).on('drain', more)
    more()
  })
  await expect(pull(url)).rejects.toThrow('has more than 1000 bytes')
  await sleep(50)
  expect(sent).toBeLessThan(1e8)
})

test.each<[string, RequestListener]>([
  ['headers that never come', () => undefined],
  [
    'a body that trickles',
    (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('a'), 20)
      response.once('close', () => clearInterval(timer))
    },
  ],
])('%s', async (_, answer) => {
  const begun = performance.now()
  await expect(pull(await serve(answer))).rejects.toThrow('took longer than 0.5 s')
  expect(performance.now() - begun).toBeLessThan(5000)
})

test('what is no HTTP, and a connection that breaks', async () => {
  const port = await listening(
    createTcpServer(
      (socket) =>
        void socket
          .resume()
          .end('SSH-2.0-x\r\n')
          .on('error', () => undefined),
    ),
  )
  await expect(pull(`http://127.0.0.1:${port}/`)).rejects.toThrow('could not be read from: ')
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('a')
    setTimeout(() => response.destroy(), 10)
  })
  await expect(pull(broken)).rejects.toThrow('could not be read from: ')
  await expect(pull('http://127.0.0.1:1/')).rejects.toThrow(
    '127.0.0.1:1 could not be read from: ECONNREFUSED',
  )
})

test('bytes that are no UTF-8', async () => {
  await expect(pull(await serve(text(Uint8Array.of(0x61, 0xff))))).rejects.toThrow('no text in UTF-8')
})

test('aborting ends it', async () => {
  const stop = new AbortController()
  const pulled = pull(await serve(() => stop.abort()), { signal: stop.signal })
  await expect(pulled).rejects.toThrow('could not be read from')
})

describe('redirects', () => {
  const to = (location: string): RequestListener => {
    return (_, response) => void response.writeHead(302, { location }).end()
  }

  test('are followed, and headers of the feed go to its own origin only', async () => {
    const seen: unknown[] = []
    const note: RequestListener = ({ headers }, response) => {
      seen.push([headers.authorization, headers['if-none-match']])
      response.end('a')
    }
    const request = { headers: { authorization: 'x' }, known: { etag: '"1"' } }
    const far = await serve(note)
    expect(await pull(await serve(to(far)), request)).toMatchObject({ text: 'a' })
    const near = await serve((it, response) =>
      it.url === '/b' ? note(it, response) : to('/b')(it, response),
    )
    expect(await pull(near, request)).toMatchObject({ text: 'a' })
    expect(seen).toEqual([
      [undefined, undefined],
      ['x', '"1"'],
    ])
  })

  test.each([
    ['in a circle', '/again', 'redirects more than 5 times'],
    ['to a file', 'file:///etc/passwd', 'only http and https'],
    ['to nonsense', 'http://[', 'the URL can not be read'],
  ])('%s', async (_, location, message) => {
    await expect(pull(await serve(to(location)))).rejects.toThrow(message)
  })

  test('from https to http are not followed', async () => {
    const { server, caCert } = await testPki()
    const plain = await serve(text('a'))
    const port = await listening(createTlsServer({ ...server }, to(plain)))
    const options = { authorities: [caCert] }
    await expect(pull(`https://127.0.0.1:${port}/`, {}, options)).rejects.toThrow(
      'redirects from https to http',
    )
  })
})

test('a certificate has to be signed by an authority that is trusted', async () => {
  const { server, caCert } = await testPki()
  const url = `https://127.0.0.1:${await listening(createTlsServer({ ...server }, text('a')))}/`
  expect(await pull(url, {}, { authorities: [caCert] })).toMatchObject({ text: 'a' })
  await expect(pull(url)).rejects.toThrow(/could not be read from: .*(SELF_SIGNED|UNABLE)/)
})

describe('from this machine nothing is pulled', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '[::]',
    'localhost',
  ])('%s', async (host) => {
    let asked = 0
    const { port } = new URL(await serve((_, response) => void response.end(`${asked++}`)))
    const pulled = pull(`http://${host}:${port}/`, {}, { allowLocal: false })
    await expect(pulled).rejects.toThrow('has a loopback, link-local or metadata address')
    expect(asked).toBe(0)
  })

  test.each(['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '100.100.100.200'])(
    'nor from %s',
    async (host) => {
      await expect(pull(`http://${host}/`, {}, { allowLocal: false })).rejects.toThrow('metadata address')
    },
  )
})

test.each(['10.0.0.1', '192.168.1.1', '8.8.8.8', 'fd00::1', '2001:db8::1'])(
  '%s is no such address',
  (address) => {
    expect(isRefusedAddress(address)).toBe(false)
  },
)
