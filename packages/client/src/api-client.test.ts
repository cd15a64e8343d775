import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { findKind, type KindDefinition, type ResourceObject } from '@margay/resources'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiClient, UnexpectedAnswerError } from './api-client.ts'
import { lastAppliedAnnotation } from './apply/last-applied.ts'
import { ApiError, isAlreadyExists, isConflict, isForbidden, isGone, isNotFound } from './http/api-error.ts'
import { ConnectionError } from './http/connection-error.ts'
import { answerStatus, FakeApiServer } from './testing/fake-api-server.ts'
import type { WatchEvent } from './watch/watch-event.ts'

const kindOf = (apiVersion: string, kind: string) => findKind(apiVersion, kind) as KindDefinition
const pod = kindOf('v1', 'Pod')

let server: FakeApiServer
let client: ApiClient

beforeEach(async () => {
  server = await FakeApiServer.start()
  client = new ApiClient(
    { server: server.url, token: 'secret', namespace: 'shop' },
    { answerTimeoutMs: 5000 },
  )
})

afterEach(async () => {
  await client.close()
  await server.close()
})

const podNamed = (name: string, fields: Record<string, unknown> = {}): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n' },
  ...fields,
})

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  return expect.fail('no error was thrown')
}

test('get, create, update, patch and delete go to the paths of the API', async () => {
  const created = await client.create(pod, podNamed('a'))
  const changed = await client.update(pod, { ...created, spec: { nodeName: 'x' } })
  await client.patch(pod, { namespace: 'n', name: 'a' }, { spec: { nodeName: 'y' } })
  expect((await client.get(pod, { namespace: 'n', name: 'a' })).spec).toEqual({ nodeName: 'y' })
  await client.delete(pod, { namespace: 'n', name: 'a' })
  expect(changed.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
  expect(
    server.requests.map(({ method, path, headers }) => `${method} ${path} ${headers['content-type']}`),
  ).toEqual([
    'POST /api/v1/namespaces/n/pods application/json',
    'PUT /api/v1/namespaces/n/pods/a application/json',
    'PATCH /api/v1/namespaces/n/pods/a application/merge-patch+json',
    'GET /api/v1/namespaces/n/pods/a undefined',
    'DELETE /api/v1/namespaces/n/pods/a undefined',
  ])
  expect(server.requests[0]?.headers.authorization).toBe('Bearer secret')
  expect(server.requests[0]?.headers['user-agent']).toBe('margay')
})

test('status, dry run and JSON patches are said in the request', async () => {
  const options = { type: 'json', subresource: 'status', dryRun: true } as const
  await errorOf(client.patch(pod, { name: 'a' }, [], options))
  const [request] = server.requests
  expect(request?.path).toBe('/api/v1/pods/a/status')
  expect(request?.query.get('dryRun')).toBe('All')
  expect(request?.headers['content-type']).toBe('application/json-patch+json')
})

test('a strategic merge patch is said in the request', async () => {
  await errorOf(client.patch(pod, { name: 'a' }, {}, { type: 'strategic' }))
  expect(server.requests[0]?.headers['content-type']).toBe('application/strategic-merge-patch+json')
})

test('kinds of a group and kinds without namespaces', async () => {
  const tier = kindOf('projectcalico.org/v3', 'Tier')
  await errorOf(client.get(tier, { name: 'x', namespace: 'ignored' }))
  expect(server.requests[0]?.path).toBe('/apis/projectcalico.org/v3/tiers/x')
})

test('the path before the API of the configured server is kept', async () => {
  const behind = new ApiClient({ server: `${server.url}/clusters/one/` })
  await errorOf(behind.get(pod, { name: 'a' }))
  await behind.close()
  expect(server.requests[0]?.path).toBe('/clusters/one/api/v1/pods/a')
})

test('a name can not lead to another path', async () => {
  for (const name of ['../../secrets/x', '..', 'a?dryRun=All', 'a%2fb', 'ä b']) {
    await errorOf(client.get(pod, { namespace: 'n', name }))
  }
  for (const { path, query } of server.requests) {
    expect(path).toMatch(/^\/api\/v1\/namespaces\/n\/pods\/[^/]+$|^\/api\/v1\/namespaces\/n\/$/)
    expect(query.size).toBe(0)
  }
})

test('a list comes in pages and is one', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name)
  const { items, resourceVersion } = await client.list(pod, { pageSize: 2 })
  expect(items.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual([
    'v1 Pod a',
    'v1 Pod b',
    'v1 Pod c',
    'v1 Pod d',
    'v1 Pod e',
  ])
  expect(resourceVersion).toBe(server.revision)
  expect(server.requests.map(({ query }) => query.get('continue'))).toEqual([null, '2', '4'])
})

test.each([
  [403, 'Forbidden', isForbidden],
  [404, 'NotFound', isNotFound],
  [409, 'Conflict', isConflict],
  [409, 'AlreadyExists', isAlreadyExists],
  [410, 'Expired', isGone],
])('a Status of %i %s is an ApiError', async (code, reason, predicate) => {
  server.answerNext('get', (_, response) => answerStatus(response, code, reason, 'first line\nsecond line'))
  const error = await errorOf(client.get(pod, { name: 'a' }))
  expect(error).toMatchObject({ name: 'ApiError', status: code, reason, message: 'first line; second line' })
  const predicates = [isForbidden, isNotFound, isConflict, isAlreadyExists, isGone]
  expect(predicates.filter((test) => test(error))).toEqual([predicate])
})

test.each([200, 422])('what the server warns of is told, beside an answer of %i', async (code) => {
  const heard: string[] = []
  const hearing = new ApiClient({ server: server.url }, { onWarning: (text) => heard.push(text) })
  server.answerNext('get', (_, response) =>
    response
      .writeHead(code, ['warning', '299 - "one"', 'warning', '299 - "two"'])
      .end(JSON.stringify({ ...podNamed('a'), kind: code === 200 ? 'Pod' : 'Status' })),
  )
  await hearing.get(pod, { name: 'a' }).catch(() => undefined)
  await hearing.close()
  expect(heard).toEqual(['one', 'two'])
})

test('the details of a Status come along', async () => {
  const details = { causes: [{ field: 'spec.order', message: 'must be a number' }] }
  server.answerNext('get', (_, response) =>
    response.writeHead(422).end(JSON.stringify({ kind: 'Status', message: 'bad', details })),
  )
  expect(await errorOf(client.get(pod, { name: 'a' }))).toMatchObject({
    status: 422,
    message: 'bad',
    details,
  })
})

test.each([
  ['text', 'Bad gateway\nmore', 'the server answered 502: Bad gateway'],
  ['nothing', '', 'the server answered 502'],
])('an error with %s for a body is one line', async (_name, body, message) => {
  server.answerNext('get', (_, response) => response.writeHead(502).end(body))
  const error = await errorOf(client.get(pod, { name: 'a' }))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 502, message })
})

test('what answers is no API server', async () => {
  server.answerNext('get', (_, response) => response.end('<html>'))
  expect(await errorOf(client.get(pod, { name: 'a' }))).toMatchObject({
    name: 'ConnectionError',
    problem: 'Protocol',
  })
  server.answerNext('get', (_, response) => response.end('{}'))
  expect(await errorOf(client.get(pod, { name: 'a' }))).toBeInstanceOf(UnexpectedAnswerError)
  server.answerNext('list', (_, response) => response.end('{"items": 5}'))
  expect(await errorOf(client.list(pod))).toBeInstanceOf(UnexpectedAnswerError)
})

test('a list without items is empty', async () => {
  server.answerNext('list', (_, response) =>
    response.end('{"metadata": {"resourceVersion": "7"}, "items": null}'),
  )
  expect(await client.list(pod)).toEqual({ items: [], resourceVersion: '7' })
})

test('no server there', async () => {
  await server.close()
  server = await FakeApiServer.start()
  const gone = new ApiClient({ server: 'http://127.0.0.1:1' })
  expect(await errorOf(gone.list(pod))).toMatchObject({
    name: 'ConnectionError',
    problem: 'Refused',
    message: 'cannot talk to http://127.0.0.1:1: connection refused; is the server running?',
  })
  await gone.close()
})

test('TLS to a server without it', async () => {
  const https = new ApiClient({ server: server.url.replace('http:', 'https:') })
  const error = await errorOf(https.list(pod))
  expect(error).toMatchObject({ name: 'ConnectionError', problem: 'Protocol' })
  await https.close()
})

test('a server that takes the connection and says nothing is given up', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const patient = new ApiClient({ server: `http://127.0.0.1:${port}` }, { answerTimeoutMs: 100 })
  expect(await errorOf(patient.list(pod))).toMatchObject({ problem: 'Timeout' })
  await patient.close()
  silent.close()
})

test('a connection that breaks before the answer', async () => {
  server.answerNext('get', (_, response) => response.socket?.destroy())
  const error = await errorOf(client.get(pod, { name: 'a' }))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(error).toMatchObject({ problem: 'Closed' })
})

test('connections are kept for the next request', async () => {
  const ports = new Set<number | undefined>()
  for (let i = 0; i < 5; i++) {
    server.answerNext('list', (_, response) => {
      ports.add(response.socket?.remotePort)
      response.end('{"metadata": {}, "items": []}')
    })
    await client.list(pod)
  }
  // The second one can come before the first connection is seen to be free.
  expect(ports.size).toBeLessThanOrEqual(2)
})

test('apply creates what is not there, and marks it as applied', async () => {
  const { outcome, object } = await client.apply(pod, podNamed('a', { spec: { nodeName: 'x' } }))
  expect(outcome).toBe('created')
  expect(object.metadata.annotations).toEqual({
    [lastAppliedAnnotation]: expect.stringMatching(/^\{.*\}\n$/),
  })
  expect(JSON.parse(object.metadata.annotations?.[lastAppliedAnnotation] ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { annotations: {}, name: 'a', namespace: 'n' },
    spec: { nodeName: 'x' },
  })
})

test('apply takes away what it put there, and nothing else', async () => {
  await client.apply(pod, podNamed('a', { spec: { x: 1, y: 1 } }))
  const other = { metadata: { annotations: { note: 'mine' } }, spec: { z: 1 } }
  await client.patch(pod, { name: 'a' }, other)
  const { outcome, object } = await client.apply(pod, podNamed('a', { spec: { x: 2 } }))
  expect(outcome).toBe('configured')
  expect(object.spec).toEqual({ x: 2, z: 1 })
  expect(object.metadata.annotations?.note).toBe('mine')
})

test('apply of the same changes nothing and sends nothing', async () => {
  await client.apply(pod, podNamed('a', { spec: { x: 1 } }))
  const { outcome } = await client.apply(pod, podNamed('a', { spec: { x: 1 } }))
  expect(outcome).toBe('unchanged')
  expect(server.seen('write')).toHaveLength(1)
})

test('apply of what the server fills in itself is told as unchanged', async () => {
  server.answerNext('get', (_, response) => response.end(JSON.stringify(podNamed('a'))))
  server.answerNext('write', (_, response) => response.end(JSON.stringify(podNamed('a'))))
  expect((await client.apply(pod, podNamed('a', { spec: {} }))).outcome).toBe('unchanged')
})

test('apply takes on an object that was never applied', async () => {
  server.put('a', { spec: { x: 1, y: 1 } })
  const { outcome, object } = await client.apply(pod, podNamed('a', { spec: { x: 2 } }))
  expect(outcome).toBe('configured')
  expect(object.spec).toEqual({ x: 2, y: 1 })
})

test('apply survives an annotation that can not be read', async () => {
  server.put('a', { metadata: { annotations: { [lastAppliedAnnotation]: '{' } }, spec: { y: 1 } })
  expect((await client.apply(pod, podNamed('a', { spec: { x: 2 } }))).object.spec).toEqual({ x: 2, y: 1 })
})

test('apply starts over when somebody else was faster', async () => {
  server.answerNext('write', (_, response) => {
    server.put('a', { spec: { y: 1 } })
    answerStatus(response, 409, 'AlreadyExists', 'pods "a" already exists')
  })
  server.answerNext('write', (_, response) => answerStatus(response, 409, 'Conflict', 'modified'))
  const { outcome, object } = await client.apply(pod, podNamed('a', { spec: { x: 1 } }))
  expect(outcome).toBe('configured')
  expect(object.spec).toEqual({ x: 1, y: 1 })
})

test('apply does not start over for ever', async () => {
  server.put('a')
  server.answerNext('write', (_, response) => answerStatus(response, 409, 'Conflict', 'modified'), 10)
  expect(isConflict(await errorOf(client.apply(pod, podNamed('a', { spec: {} }))))).toBe(true)
  expect(server.seen('write')).toHaveLength(5)
})

test('a watch tells events and bookmarks, and ends when the server ends it', async () => {
  server.put('a')
  const from = server.revision
  server.put('b')
  server.remove('a')
  const events: WatchEvent[] = []
  for await (const event of client.watch(pod, { resourceVersion: from })) {
    events.push(event)
    if (events.length === 2) server.bookmark()
    if (events.length === 3) server.endWatches()
  }
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'BOOKMARK'])
  expect(events[2]).toEqual({ type: 'BOOKMARK', resourceVersion: server.revision })
})

test.each([
  ['an answer', (fake: FakeApiServer) => fake.compact()],
  [
    'an event',
    (fake: FakeApiServer) =>
      fake.answerNext('watch', (_, response) =>
        response.end('{"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "old"}}\n'),
      ),
  ],
])('a watch from a forgotten version throws the same for %s', async (_name, forget) => {
  server.put('a')
  const resourceVersion = server.revision
  forget(server)
  const watch = client.watch(pod, { resourceVersion })
  expect(isGone(await errorOf(watch.next()))).toBe(true)
})

test('aborting ends a watch with the reason that was given', async () => {
  const abort = new AbortController()
  const watch = client.watch(pod, { resourceVersion: '1', signal: abort.signal })
  const next = errorOf(watch.next())
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await next).toBe(reason)
})

test('leaving the loop closes the connection', async () => {
  server.put('a')
  for await (const _ of client.watch(pod, { resourceVersion: '0' })) break
  await expect.poll(() => server.openWatches).toBe(0)
})

test('lines come in pieces of any size, and characters of several bytes are not torn', async () => {
  const line = Buffer.from(
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ä€𝄞', resourceVersion: '5' } } })}\n`,
  )
  server.answerNext('watch', async (_, response) => {
    response.flushHeaders()
    for (const byte of line) {
      response.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end('\n')
  })
  const events: WatchEvent[] = []
  for await (const event of client.watch(pod, { resourceVersion: '1' })) events.push(event)
  expect(events).toEqual([{ type: 'ADDED', object: { metadata: { name: 'ä€𝄞', resourceVersion: '5' } } }])
})
