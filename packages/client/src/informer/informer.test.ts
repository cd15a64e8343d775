import type { ServerResponse } from 'node:http'
import { findKind, type KindDefinition } from '@margay/resources'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiClient } from '../api-client.ts'
import { ConnectionError } from '../http/connection-error.ts'
import { answerStatus, FakeApiServer } from '../testing/fake-api-server.ts'
import { TestClock } from '../testing/test-clock.ts'
import { Informer, type InformerChange, type InformerOptions } from './informer.ts'

const pod = findKind('v1', 'Pod') as KindDefinition

let server: FakeApiServer
let client: ApiClient
let clock: TestClock
let changes: string[]
let log: string[]
let informers: Informer[]

beforeEach(async () => {
  server = await FakeApiServer.start()
  client = new ApiClient({ server: server.url })
  clock = new TestClock()
  changes = []
  log = []
  informers = []
})

afterEach(async () => {
  for (const informer of informers) await informer.stop()
  await client.close()
  await server.close()
})

function startInformer(options: Partial<InformerOptions> = {}): Informer {
  const informer = new Informer(client, pod, {
    clock,
    random: () => 0,
    onChange: (change) => changes.push(formatChange(change)),
    log: (message) => log.push(message),
    ...options,
  })
  informers.push(informer)
  informer.start()
  return informer
}

function formatChange(change: InformerChange): string {
  return change.type === 'synced' ? 'synced' : `${change.type} ${change.key}`
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })
const seen = (...wanted: string[]) => until(() => expect(changes).toEqual(wanted))
const watching = () => until(() => expect(server.openWatches).toBe(1))
const waitingFor = (ms: number) => until(() => expect(clock.pending).toEqual([ms]))
const resumedFrom = () => server.seen('watch').map(({ query }) => query.get('resourceVersion'))

test('a complete list is told, then synced, then every change', async () => {
  server.put('a')
  server.put('b')
  const informer = startInformer()
  await informer.whenSynced()
  await watching()
  server.put('a', { metadata: { labels: { x: 'y' } } })
  server.put('c')
  server.remove('b')
  await seen('added a', 'added b', 'synced', 'modified a', 'added c', 'deleted b')
  expect([...informer.items.keys()]).toEqual(['a', 'c'])
  expect(informer.items.get('a')?.metadata.labels).toEqual({ x: 'y' })
  expect(informer.items.get('a')?.kind).toBe('Pod')
})

test('nothing is told before the last page of a list is there', async () => {
  for (let i = 0; i < 501; i++) server.put(`p${i}`)
  let held: ServerResponse | undefined
  server.answerNext('list', (request, response) => {
    expect(request.query.get('limit')).toBe('500')
    response.end(
      JSON.stringify({ metadata: { continue: '500', resourceVersion: server.revision }, items: [] }),
    )
  })
  server.answerNext('list', (_, response) => {
    held = response
  })
  const informer = startInformer()
  await until(() => expect(held).toBeDefined())
  expect(changes).toEqual([])
  expect(informer.hasSynced).toBe(false)
  held?.end(
    JSON.stringify({ metadata: { resourceVersion: server.revision }, items: [{ metadata: { name: 'z' } }] }),
  )
  await seen('added z', 'synced')
  expect(informer.hasSynced).toBe(true)
})

test('a list whose snapshot expires between two pages is fetched in one piece', async () => {
  for (let i = 0; i < 501; i++) server.put(`p${i}`)
  server.answerNext('list', (_, response) => {
    const metadata = { continue: '500', resourceVersion: server.revision }
    response.end(JSON.stringify({ metadata, items: [] }))
  })
  server.answerNext('list', (_, response) => answerStatus(response, 410, 'Expired', 'the token is too old'))
  const informer = startInformer()
  await informer.whenSynced()
  expect(informer.items.size).toBe(501)
  expect(server.seen('list').map(({ query }) => query.get('limit'))).toEqual(['500', '500', null])
})

test('a watch that ends in good order goes on from the last resourceVersion at once', async () => {
  server.put('a')
  startInformer()
  await watching()
  server.put('b')
  await seen('added a', 'synced', 'added b')
  const last = server.revision
  server.endWatches()
  server.put('c')
  await seen('added a', 'synced', 'added b', 'added c')
  expect(resumedFrom()[1]).toBe(last)
  expect(server.seen('list')).toHaveLength(1)
})

test('a bookmark is a place to resume from', async () => {
  startInformer()
  await watching()
  server.bookmark()
  const marked = server.revision
  // Whatever comes after the bookmark proves that it was read.
  server.put('a')
  await seen('synced', 'added a')
  server.bookmark()
  const last = server.revision
  server.endWatches()
  await until(() => expect(resumedFrom()[1]).toBe(last))
  expect(Number(last)).toBeGreaterThan(Number(marked))
})

test('after an abrupt close it waits, resumes, and misses nothing', async () => {
  server.put('a')
  const informer = startInformer({ random: () => 0.5 })
  await watching()
  server.put('b')
  await seen('added a', 'synced', 'added b')
  expect([informer.isFailing, informer.failure]).toEqual([false, undefined])
  const last = server.revision
  server.breakWatches()
  server.put('c')
  server.remove('a')
  await waitingFor(375)
  expect([informer.isFailing, informer.failure]).toEqual([true, expect.any(ConnectionError)])
  expect(log).toEqual([
    `pods: cannot talk to ${server.url}: the connection was closed; trying again in 375 ms`,
  ])
  clock.advance(375)
  await seen('added a', 'synced', 'added b', 'added c', 'deleted a')
  expect(resumedFrom()[1]).toBe(last)
  expect(server.seen('list')).toHaveLength(1)
})

test('a stream that ends within a line broke; what came before it counts', async () => {
  startInformer()
  await watching()
  server.put('a')
  server.send('{"type": "ADDED", "object": {"metadata"')
  await seen('synced', 'added a')
  server.endWatches()
  await waitingFor(250)
  expect(log[0]).toContain('the stream ended in the middle of a line')
  clock.advance(250)
  await until(() => expect(resumedFrom()).toHaveLength(2))
})

test('a 410 answer to the watch means a new list, of which only the differences are told', async () => {
  server.put('same')
  server.put('gone')
  server.put('changed')
  server.put('reborn')
  startInformer()
  await watching()
  server.put('changed')
  await until(() => expect(changes.at(-1)).toBe('modified changed'))
  server.answerNext('watch', (_, response) => {
    server.remove('gone')
    server.put('changed', { metadata: { labels: { x: 'y' } } })
    server.remove('reborn')
    server.put('reborn')
    server.put('new')
    answerStatus(response, 410, 'Expired', 'too old resource version')
  })
  changes.length = 0
  server.endWatches()
  await seen('deleted gone', 'modified changed', 'deleted reborn', 'added reborn', 'added new', 'synced')
  expect(server.seen('list')).toHaveLength(2)
  expect(clock.pending.filter((ms) => ms < 1000)).toEqual([])
})

test('a 410 as an ERROR event means a new list, too', async () => {
  server.put('a')
  startInformer()
  await watching()
  changes.length = 0
  server.send({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } })
  await seen('synced')
  await until(() => expect(server.seen('list')).toHaveLength(2))
})

test('a server that answers 410 for ever is not asked in a tight loop', async () => {
  server.answerNext('watch', (_, response) => answerStatus(response, 410, 'Expired', 'too old'), 100)
  startInformer()
  await waitingFor(500)
  clock.advance(500)
  await waitingFor(1000)
  expect(server.seen('list')).toHaveLength(3)
})

test('a server that fell behind, as after a restore, is listed anew', async () => {
  server.put('a')
  startInformer()
  await watching()
  server.remove('a')
  await seen('added a', 'synced', 'deleted a')
  server.answerNext('watch', (_, response) =>
    answerStatus(response, 504, 'Timeout', 'Timeout: Too large resource version: 104, current: 7'),
  )
  server.endWatches()
  await seen('added a', 'synced', 'deleted a', 'synced')
})

test('a watch that ends at once without an event is tried again later and later', async () => {
  server.answerNext('watch', (_, response) => response.writeHead(200).end(), 100)
  startInformer()
  for (const delayMs of [250, 500, 1000]) {
    await waitingFor(delayMs)
    clock.advance(delayMs)
  }
  expect(log[0]).toBe('pods: the server ended the watch at once; trying again in 250 ms')
  expect(server.seen('list')).toHaveLength(1)
})

test('the delay grows up to its limit, with jitter, and an event resets it', async () => {
  server.answerNext('list', (_, response) => answerStatus(response, 503, 'ServiceUnavailable', 'starting'), 4)
  startInformer({ random: () => 0.999, backOff: { initialMs: 100, maxMs: 300 } })
  for (const delayMs of [100, 200, 300, 300]) {
    await waitingFor(delayMs)
    clock.advance(delayMs)
  }
  await watching()
  server.put('a')
  await seen('synced', 'added a')
  server.breakWatches()
  await waitingFor(100)
})

test('an unreachable server is tried until it answers', async () => {
  const gone = await FakeApiServer.start()
  const other = new ApiClient({ server: gone.url })
  await gone.close()
  const informer = new Informer(other, pod, {
    clock,
    random: () => 0,
    onChange: () => undefined,
    log: (message) => log.push(message),
  })
  informers.push(informer)
  informer.start()
  await waitingFor(250)
  expect(log[0]).toContain('connection refused')
  clock.advance(250)
  await waitingFor(500)
  await other.close()
})

test('a silent connection is given up after the idle timeout, and events put it off', async () => {
  server.put('a')
  startInformer({ idleTimeoutMs: 10_000 })
  await watching()
  clock.advance(9999)
  server.put('b')
  await seen('added a', 'synced', 'added b')
  clock.advance(9999)
  server.bookmark()
  const last = server.revision
  await until(() => expect(clock.pending).toEqual([10_000]))
  clock.advance(10_000)
  await until(() => expect(log).toEqual(['pods: the watch was silent for 10000 ms; trying again in 250 ms']))
  clock.advance(250)
  await until(() => expect(resumedFrom()).toHaveLength(2))
  expect(resumedFrom()[1]).toBe(last)
  await watching()
})

test('an event that can not be understood leads to a new list after a while', async () => {
  startInformer()
  await watching()
  server.send('not json\n')
  await until(() => expect(server.seen('list')).toHaveLength(2))
  await until(() => expect(server.openWatches).toBe(1))
  server.send('{"type": "ADDED", "object": {"metadata": {"name": "x"}}}\n')
  await waitingFor(500)
  expect(log[0]).toContain('it has no resourceVersion')
})

test('unknown kinds of events are passed over', async () => {
  startInformer()
  await watching()
  server.send({ type: 'LATER', object: { metadata: {} } })
  server.put('a')
  await seen('synced', 'added a')
})

test('a listener that throws does not stop the informer', async () => {
  server.put('a')
  startInformer({
    onChange: (change) => {
      changes.push(formatChange(change))
      if (change.type === 'added') throw new Error('no')
    },
  })
  await watching()
  server.put('b')
  await seen('added a', 'synced', 'added b')
  expect(log).toEqual([
    'pods: what was to be done about added a failed: no',
    'pods: what was to be done about added b failed: no',
  ])
})

test('after stop nothing is told, and the connection is closed', async () => {
  const informer = startInformer()
  await watching()
  await informer.stop()
  await until(() => expect(server.openWatches).toBe(0))
  server.put('a')
  expect(changes).toEqual(['synced'])
  expect(clock.pending).toEqual([])
  expect(log).toEqual([])
})

test('it can be stopped while it waits', async () => {
  server.answerNext('list', (_, response) => answerStatus(response, 500, 'InternalError', 'broken'))
  const informer = startInformer()
  await waitingFor(250)
  await informer.stop()
  expect(clock.pending).toEqual([])
})

test('the scope goes with the list and with the watch', async () => {
  startInformer({ namespace: 'n', labelSelector: 'a=b', fieldSelector: 'spec.nodeName=x' })
  await watching()
  for (const { path, query } of server.requests) {
    expect(path).toBe('/api/v1/namespaces/n/pods')
    expect(query.get('labelSelector')).toBe('a=b')
    expect(query.get('fieldSelector')).toBe('spec.nodeName=x')
  }
  const [watch] = server.seen('watch')
  expect(watch?.query.get('allowWatchBookmarks')).toBe('true')
  expect(watch?.query.get('timeoutSeconds')).toBe('300')
})
