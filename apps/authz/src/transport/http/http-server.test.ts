import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Answer } from '../../check/check.ts'
import { allow, denial, deny, FakeChecker, recordedEvents, temporaryDirectory } from '../transport.testkit.ts'
import { startHttpServer } from './http-server.ts'

async function started(options: { pathPrefix?: string; isForwardAuth?: boolean } = {}) {
  const checker = new FakeChecker()
  const { events, told } = recordedEvents()
  const path = join(temporaryDirectory(), 's')
  const address = { kind: 'Unix', path } as const
  const server = await startHttpServer(
    { checker, denial, events },
    { address, pathPrefix: '', isForwardAuth: false, ...options },
    events,
  )
  onTestFinished(() => server.drain(0))
  return { checker, told, server, path }
}

/** All that comes back until the connection ends. */
async function exchange(path: string, text: string): Promise<string> {
  const socket = createConnection(path).setEncoding('utf8')
  socket.write(text)
  return await rest(socket)
}

async function rest(socket: Socket): Promise<string> {
  let received = ''
  socket.on('data', (text: string) => {
    received += text
  })
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
  return received
}

const get = (more = '') => `GET /a?b HTTP/1.1\r\nHost: pay.shop\r\nConnection: close\r\n${more}\r\n`
const statusOf = (response: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1])

describe('answers', () => {
  test.each<[Answer, number]>([
    [allow, 200],
    [{ ...deny, body: '{"policy":"p"}\n', headers: [['x-margay-policy', 'p']] }, 403],
  ])('status, headers and body', async (answer, status) => {
    const { checker, path } = await started()
    checker.answer = answer
    const response = await exchange(path, get('x-margay-source: 10.0.0.1:5\r\n'))
    expect(statusOf(response)).toBe(status)
    expect(response.split('\r\n\r\n')[1]).toBe(answer.body)
    expect(response.includes('x-margay-policy: p')).toBe(answer.headers.length > 0)
    expect(checker.asked[0]).toMatchObject({
      source: { socket: { address: '10.0.0.1', port: 5 } },
      http: { method: 'GET', path: '/a?b', host: 'pay.shop' },
    })
  })

  test('any method', async () => {
    const { checker, path } = await started()
    for (const method of ['POST', 'DELETE', 'PROPFIND', 'OPTIONS', 'HEAD', 'TRACE']) {
      expect(statusOf(await exchange(path, get().replace('GET', method)))).toBe(200)
    }
    expect(checker.asked.map(({ http }) => http?.method)).toEqual([
      'POST',
      'DELETE',
      'PROPFIND',
      'OPTIONS',
      'HEAD',
      'TRACE',
    ])
  })

  test('before policy is known: 503', async () => {
    const { checker, path } = await started()
    checker.isReady = false
    expect(statusOf(await exchange(path, get()))).toBe(503)
  })

  test('what is refused, and a mistake of ours, is denied and told', async () => {
    const { checker, path, told } = await started()
    expect(statusOf(await exchange(path, get('x-margay-source: nobody\r\n')))).toBe(400)
    checker.answer = new TypeError('ours')
    expect(statusOf(await exchange(path, get()))).toBe(400)
    expect(told).toEqual(['refused BadAddress', 'failed TypeError: ours'])
  })

  test('a client that asks before it sends its body, or for another protocol, is answered like others', async () => {
    const { path } = await started()
    const expecting = 'Expect: 100-continue\r\nContent-Length: 5\r\n'
    expect(statusOf(await exchange(path, get(expecting)))).toBe(200)
    expect(
      statusOf(await exchange(path, get('Upgrade: websocket\r\n').replace('close', 'upgrade, close'))),
    ).toBe(200)
  })

  test('bodies are read over: the next request on the connection is answered', async () => {
    const { checker, path } = await started()
    const first = get('Content-Length: 5\r\n').replace('Connection: close\r\n', '')
    expect((await exchange(path, `${first}hello${get()}`)).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(checker.asked).toHaveLength(2)
  })
})

describe('limits', () => {
  test('a connection that sends a large body ends', async () => {
    const { path } = await started()
    const socket = createConnection(path).setEncoding('utf8')
    socket.write(get('Content-Length: 100000000\r\n').replace('close', 'keep-alive'))
    const piece = 'x'.repeat(32_768)
    const sending = setInterval(() => socket.write(piece), 1)
    onTestFinished(() => clearInterval(sending))
    expect(statusOf(await rest(socket))).toBe(200)
  })

  test('more headers than there may be are denied, not overlooked', async () => {
    const { path, told } = await started()
    const many = Array.from({ length: 3000 }, (_, index) => `h${index}: v\r\n`).join('')
    expect(statusOf(await exchange(path, get(many)))).toBe(400)
    expect(told).toEqual(['refused TooManyHeaders'])
  })

  test('headers of more bytes than there may be: 431', async () => {
    const { checker, path } = await started()
    expect(statusOf(await exchange(path, get(`a: ${'x'.repeat(70_000)}\r\n`)))).toBe(431)
    expect(checker.asked).toEqual([])
  })

  test.each([
    'GET / HTTP/1.1\r\n\r\n',
    'no http\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n',
  ])('what is no request that there may be is not allowed: %j', async (text) => {
    const { checker, path } = await started()
    expect(statusOf(await exchange(path, text))).toBe(400)
    expect(checker.asked).toEqual([])
  })
})

test('drain ends idle connections and takes no other', async () => {
  const { path, server } = await started()
  const socket = createConnection(path).setEncoding('utf8')
  socket.write(get().replace('close', 'keep-alive'))
  const response = rest(socket)
  await new Promise((resolve) => socket.once('data', resolve))
  const before = performance.now()
  await server.drain(10_000)
  expect(performance.now() - before).toBeLessThan(5000)
  expect(statusOf(await response)).toBe(200)
  expect(await exchange(path, get())).toBe('')
})
