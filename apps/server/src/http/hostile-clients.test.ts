/** Clients that take what others need, over real sockets; the others go on. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { KeyPair } from '../pki/certificates.ts'
import { type Clients, createClients } from '../testing/clients.ts'
import { clusterBinding, clusterRole, rbac, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { defaultTimeouts, type Timeouts } from './timeouts.ts'

const configMaps = '/api/v1/namespaces/default/configmaps'
const kibibyte = 1024

let clients: Clients
let mallory: KeyPair
let ann: KeyPair
beforeAll(async () => {
  clients = await createClients()
  mallory = await clients.certificateOf('mallory')
  ann = await clients.certificateOf('ann')
})

let server: TestServer
const ends: (() => void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  expect(server.errors).toEqual([])
  await server.close()
})

async function start(limits: Partial<Limits>, timeouts: Partial<Timeouts> = {}): Promise<void> {
  server = await TestServer.start(undefined, undefined, {
    tls: clients.tls,
    limits: { ...defaultLimits, ...limits },
    timeouts: { ...defaultTimeouts, ...timeouts },
  })
  const all = rule('*', '', 'configmaps')
  await server.post(`${rbac}/clusterroles`, clusterRole('all', [all]))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding('all', 'all', user('mallory'), user('ann')))
}

function session(client: KeyPair | undefined, settings = {}): ClientHttp2Session {
  const made = connectHttp2(server.url, { ca: server.pki.caCert, ...client, settings })
  made.on('error', () => undefined)
  ends.push(() => made.destroy())
  return made
}

function tlsSocket(client: KeyPair | undefined, ...alpn: string[]): TLSSocket {
  const { caCert: ca } = server.pki
  const socket = connectTls({ host: '127.0.0.1', port: server.port, ca, ...client, ALPNProtocols: alpn })
  ends.push(() => socket.destroy())
  return socket.on('error', () => undefined)
}

function tcp(localAddress: string): Socket {
  const socket = connectTcp({ port: server.port, host: '127.0.0.1', localAddress })
  ends.push(() => socket.destroy())
  return socket.on('error', () => undefined).resume()
}

interface Got {
  readonly status: unknown
  readonly retryAfter: unknown
  readonly reason: string
}

async function answerTo(stream: ClientHttp2Stream): Promise<Got> {
  const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve))
  const text = (await stream.setEncoding('utf8').toArray()).join('')
  const { reason = '' } = text.startsWith('{') ? JSON.parse(text) : {}
  return { status: headers[':status'], retryAfter: headers['retry-after'], reason }
}

const get = (on: ClientHttp2Session, path = configMaps): ClientHttp2Stream => on.request({ ':path': path })

/** Its body is not at its end. */
function post(on: ClientHttp2Session, body: string): ClientHttp2Stream {
  const headers = { ':method': 'POST', ':path': configMaps, 'content-type': 'application/json' }
  const stream = on.request(headers)
  stream.on('error', () => undefined)
  stream.write(body)
  return stream
}

const configMap = (name: string, bytes: number) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { a: 'x'.repeat(bytes) },
  })

const tooMany = { status: 429, retryAfter: '1', reason: 'TooManyRequests' }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))

/** However busy the machine is: no limit of a server here is as long, but the handshake's, of 10 seconds. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 })
const areOpen = (...sockets: readonly Socket[]) => sockets.map(({ closed }) => !closed)

/** The server has all that was written to the session. */
async function arrived(made: ClientHttp2Session, ...streams: readonly ClientHttp2Stream[]): Promise<void> {
  await eventually(() => expect(streams.every(({ writableLength }) => writableLength === 0)).toBe(true))
  await new Promise((resolve) => made.ping(resolve))
}

describe('connections', () => {
  const connections = { total: 12, perAddress: 10, unproven: 8, unprovenPerAddress: 4 }

  test('above the limit are closed at once, and idle ones give way; who has proved himself is not disturbed', async () => {
    await start({ connections })
    const agent = session(ann)
    expect((await answerTo(get(agent))).status).toBe(200)
    const flood = Array.from({ length: 20 }, () => tcp('127.0.0.2'))
    await eventually(() => expect(areOpen(...flood).filter(Boolean)).toHaveLength(4))
    // From another address there is room.
    expect((await server.get('/healthz')).status).toBe(200)
    // Those that are held have had their 2 seconds.
    await pause(2100)
    const held = flood.filter(({ closed }) => !closed)
    const next = tcp('127.0.0.2')
    await eventually(() => expect(areOpen(...held)).toEqual([false, true, true, true]))
    await pause(300)
    expect(areOpen(...held, next)).toEqual([false, true, true, true, true])
    expect((await answerTo(get(agent))).status).toBe(200)
  })

  test.each([
    ['a certificate, over HTTP/2', true, 'h2'],
    ['a certificate, over HTTP/1.1', true, 'http/1.1'],
    ['a token, over HTTP/2', false, 'h2'],
    ['a token, over HTTP/1.1', false, 'http/1.1'],
  ])('one that somebody proved with %s never gives way', async (_name, isCertificate, protocol) => {
    await start({ connections: { ...connections, unprovenPerAddress: 1 } })
    const authorization = isCertificate ? undefined : `Bearer ${await tokenOf('robot')}`
    const watch = await openWatch(protocol, isCertificate ? ann : undefined, authorization)
    await pause(2100)
    const socket = tcp('127.0.0.1')
    await pause(300)
    expect(areOpen(socket)).toEqual([true])
    expect(watch.isOpen()).toBe(true)
  })

  test.each(['h2', 'http/1.1'])('a certificate proves it before the first request: %s', async (protocol) => {
    await start({ connections: { ...connections, unprovenPerAddress: 1 } })
    const socket = tlsSocket(ann, protocol)
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    await pause(2100)
    const other = tcp('127.0.0.1')
    await pause(300)
    expect(areOpen(socket, other)).toEqual([true, true])
  })

  test('a quiet one on which nobody has proved who he is is closed soon, and a proven one later', async () => {
    await start({}, { unprovenIdleMs: 200, idleMs: 60_000 })
    const [unproven, proven, byRequest] = [session(undefined), session(ann), session(ann)]
    expect((await answerTo(get(byRequest))).status).toBe(200)
    await eventually(() => expect(unproven.closed).toBe(true))
    await pause(1000)
    expect([proven.closed, byRequest.closed]).toEqual([false, false])
  })
})

async function tokenOf(name: string): Promise<string> {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await server.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  const subject = user(`system:serviceaccount:default:${name}`)
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(name, 'all', subject))
  const { json } = await server.post(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  })
  return json.status.token
}

async function openWatch(
  protocol: string,
  client: KeyPair | undefined,
  authorization: string | undefined,
): Promise<{ isOpen(): boolean }> {
  const path = `${configMaps}?watch=true`
  const token = authorization === undefined ? {} : { authorization }
  if (protocol === 'h2') {
    const made = session(client)
    const stream = made.request({ ':path': path, ...token })
    await new Promise((resolve) => stream.once('response', resolve))
    return { isOpen: () => !stream.closed && !made.closed }
  }
  const socket = tlsSocket(client, 'http/1.1')
  const header = authorization === undefined ? '' : `authorization: ${authorization}\r\n`
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${header}\r\n`)
  const [first] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data) => resolve([data])))
  expect(String(first)).toMatch(/^HTTP\/1.1 200 /)
  return { isOpen: () => !socket.destroyed }
}

describe('answers that nobody reads', () => {
  const lists = 16
  const listBytes = lists * 1000 * kibibyte
  async function startWithLargeList(
    timeouts: Partial<Timeouts> = {},
    limits: Partial<Limits> = {},
  ): Promise<void> {
    await start(limits, { answerMs: 400, ...timeouts })
    for (let n = 0; n < lists; n++)
      expect((await server.post(configMaps, configMap(`m${n}`, 1000 * kibibyte))).status).toBe(201)
  }

  /** What has come, once the server has closed the connection; nothing is taken until a while after the answer has begun. */
  async function takenAfter(socket: TLSSocket, ms: number): Promise<number> {
    await eventually(() => expect(socket.readableLength).toBeGreaterThan(4 * kibibyte))
    socket.pause()
    await pause(ms)
    let bytes = 0
    socket.on('data', (data) => {
      bytes += data.length
    })
    await closed(socket.resume())
    return bytes
  }

  test('over HTTP/1.1: the connection is closed, and the rest is never sent', async () => {
    await startWithLargeList()
    const socket = tlsSocket(mallory, 'http/1.1')
    socket.write(`GET ${configMaps} HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect(await takenAfter(socket, 1500)).toBeLessThan(listBytes)
  })

  test('over HTTP/2: the stream ends, and others on the connection go on', async () => {
    await startWithLargeList()
    const made = session(mallory)
    const stream = get(made)
    stream.on('error', () => undefined).pause()
    await new Promise((resolve) => stream.once('response', resolve))
    await pause(1500)
    let bytes = 0
    stream.on('data', (data) => {
      bytes += data.length
    })
    stream.resume()
    await new Promise((resolve) => stream.once('close', resolve))
    expect(bytes).toBeLessThan(listBytes)
    expect((await answerTo(get(made, `${configMaps}/m1`))).status).toBe(200)
  })

  test('over HTTP/2, by a client that does not read its connection: the connection is closed', async () => {
    await startWithLargeList()
    const socket = tlsSocket(mallory, 'h2')
    // It lets the server send everything at once: SETTINGS with the largest window, and WINDOW_UPDATE for the connection.
    const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff])
    const update = Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xfe, 0, 0])
    const path = Buffer.from(configMaps)
    const block = Buffer.from([0x82, 0x87, 0x04, path.length, ...path, 0x01, 1, 0x78])
    const request = Buffer.from([0, 0, block.length, 1, 5, 0, 0, 0, 1, ...block])
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings, update, request]))
    expect(await takenAfter(socket, 2500)).toBeLessThan(listBytes)
  })

  test('read slowly, but read: all of it arrives', async () => {
    const answerMs = 2000
    await startWithLargeList({ answerMs })
    const stream = get(session(ann)).setEncoding('latin1')
    const started = performance.now()
    let [bytes, sincePause] = [0, 0]
    for await (const text of stream) {
      bytes += text.length
      sincePause += text.length
      // 280 times.
      if (sincePause < 56 * kibibyte) continue
      sincePause = 0
      await pause(20)
    }
    expect(bytes).toBeGreaterThan(listBytes)
    expect(performance.now() - started).toBeGreaterThan(answerMs)
  })

  test('many at once take only so much memory: 429, and another user is served', async () => {
    const bytes = { ...defaultLimits.bytes, answers: 70 * 1024 * kibibyte }
    await startWithLargeList({ answerMs: 30_000 }, { bytes })
    const window = { initialWindowSize: 1 }
    const streams = [session(mallory, window), session(mallory, window), session(mallory, window)].flatMap(
      (made) => [get(made), get(made)],
    )
    const statuses = await Promise.all(
      streams.map(async (stream) => {
        stream.on('error', () => undefined)
        const headers = await new Promise<Record<string, unknown>>((resolve) =>
          stream.once('response', resolve),
        )
        return headers[':status']
      }),
    )
    expect(statuses.toSorted()).toEqual([200, 200, 429, 429, 429, 429])
    expect((await answerTo(get(session(ann)))).status).toBe(200)
    for (const stream of streams) stream.close()
    const again = session(mallory)
    await expect
      .poll(async () => (await answerTo(get(again))).status, { timeout: 8000, interval: 100 })
      .toBe(200)
  })

  test('read drop by drop: the stream ends, though no drop is late', async () => {
    // All of it within 2 + 1 seconds, and the client would take ten, at 16 KiB each time.
    await startWithLargeList({ answerMs: 2000, answerBytesPerMs: 16_384 })
    const stream = get(session(mallory)).on('error', () => undefined)
    let bytes = 0
    stream.on('data', (data) => {
      bytes += data.length
      stream.pause()
      setTimeout(() => stream.resume(), 10)
    })
    await new Promise((resolve) => stream.once('close', resolve))
    expect(bytes).toBeGreaterThan(256 * kibibyte)
    expect(bytes).toBeLessThan(listBytes)
  })

  test('by nobody, ten at a time on a connection: more than that, and it is closed', async () => {
    await start({})
    const made = session(undefined, { initialWindowSize: 0 })
    const streams = Array.from({ length: 10 }, () => get(made).on('error', () => undefined))
    await pause(300)
    expect(made.destroyed).toBe(false)
    streams.push(get(made).on('error', () => undefined))
    await new Promise((resolve) => made.once('close', resolve))
    // Probes of health prove nothing, and are answered.
    expect((await server.call('GET', '/healthz', { client: 'none' })).status).toBe(200)
  })
})

describe('bodies under way', () => {
  test('a connection, a user and all have their share of memory: 429, and another user is served', async () => {
    const bodies = 1024 * kibibyte
    await start({ bytes: { ...defaultLimits.bytes, bodies } })
    const sessions = [session(mallory), session(mallory), session(mallory)]
    const half = configMap('large', 120 * kibibyte).slice(0, -1)
    const streams = sessions.flatMap((made) => Array.from({ length: 4 }, () => post(made, half)))
    for (const made of sessions) await arrived(made, ...streams)
    await pause(300)
    for (const stream of streams) stream.end('}')
    const answers = await Promise.all(streams.map(answerTo))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(8)
    expect(refused.length).toBeLessThan(12)
    for (const answer of refused) expect(answer).toEqual(tooMany)
    const again = post(session(mallory), half)
    again.end('}')
    expect((await answerTo(again)).status).toBe(409)
  })

  test('while somebody holds his share, others write', async () => {
    await start({ bytes: { ...defaultLimits.bytes, bodies: 1024 * kibibyte } })
    for (const made of [session(mallory), session(mallory), session(mallory)])
      await arrived(made, ...Array.from({ length: 4 }, () => post(made, 'x'.repeat(120 * kibibyte))))
    await pause(300)
    const other = post(session(ann), configMap('of-ann', 120 * kibibyte))
    other.end()
    expect((await answerTo(other)).status).toBe(201)
  })

  test('who breaks off gives back what he held', async () => {
    await start({ bytes: { ...defaultLimits.bytes, bodies: 256 * kibibyte } })
    const made = session(mallory)
    await arrived(made, post(made, 'x'.repeat(60 * kibibyte)))
    await pause(300)
    const refused = post(made, 'x'.repeat(60 * kibibyte))
    refused.end()
    expect(await answerTo(refused)).toEqual(tooMany)
    made.destroy()
    const again = session(mallory)
    const answerToNext = () => {
      const next = post(again, configMap('next', 50 * kibibyte))
      next.end()
      return answerTo(next)
    }
    await expect.poll(async () => (await answerToNext()).status, { timeout: 8000, interval: 100 }).toBe(201)
  })

  test('a body of a request that has no use for it is not kept', async () => {
    await start({ bytes: { ...defaultLimits.bytes, bodies: 16 * kibibyte } })
    const made = session(ann)
    const options = { ':method': 'GET', ':path': `${configMaps}?watch=true` }
    const watches = Array.from({ length: 10 }, () => made.request(options, { endStream: false }))
    for (const watch of watches) watch.on('error', () => undefined).write('x'.repeat(16 * kibibyte))
    const statuses = watches.map(async (watch) => {
      const headers = await new Promise<Record<string, unknown>>((resolve) => watch.once('response', resolve))
      return headers[':status']
    })
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]))
  })
})

describe('requests under way', () => {
  test('a user has half of the places: 429, while others, administrators and watches get in', async () => {
    await start({ requests: { reading: 2, mutating: 4 } })
    const made = session(mallory)
    const held = [post(made, '{'), post(made, '{')]
    await arrived(made, ...held)
    await pause(300)
    const refused = post(made, '{')
    refused.end()
    expect(await answerTo(refused)).toEqual(tooMany)
    expect((await answerTo(get(made))).status).toBe(200)
    const watch = get(made, `${configMaps}?watch=true`)
    const headers = await new Promise<Record<string, unknown>>((resolve) => watch.once('response', resolve))
    expect(headers[':status']).toBe(200)
    const other = post(session(ann), configMap('of-ann', 1))
    other.end()
    expect((await answerTo(other)).status).toBe(201)
    expect((await server.post(configMaps, configMap('of-admin', 1))).status).toBe(201)
    for (const stream of held) stream.end('}')
    await Promise.all(held.map(answerTo))
    const next = post(made, configMap('next', 1))
    next.end()
    expect((await answerTo(next)).status).toBe(201)
  })

  test('over HTTP/1.1 too: who sent his whole request may send the next', async () => {
    await start({ requests: { reading: 2, mutating: 2 } })
    const held = get(session(mallory, { initialWindowSize: 0 })).on('error', () => undefined)
    await new Promise((resolve) => held.once('response', resolve))
    const socket = tlsSocket(mallory, 'http/1.1')
    for (let n = 0; n < 2; n++) {
      socket.write(`GET ${configMaps} HTTP/1.1\r\nhost: x\r\n\r\n`)
      const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
      expect(String(answer)).toMatch(/^HTTP\/1.1 429 [\s\S]*Retry-After: 1\r\n[\s\S]*"TooManyRequests"/i)
    }
  })
})
