import { setTimeout as sleep } from 'node:timers/promises'
import { threatFeedNamespace } from '@margay/resources'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aFeed, FeedWorld, hour, list, minute, url } from './feeds.testkit.ts'
import { PullError } from './fetch-list.ts'
import { setKey } from './kinds.ts'

let world: FeedWorld
beforeEach(async () => {
  world = new FeedWorld()
  await world.start()
})
afterEach(() => world.stop())

const other = 'https://feeds.example.com/b'

async function synced(text = '192.0.2.0/25\n192.0.2.128/25\n198.51.100.7 # one\n'): Promise<void> {
  world.lists.answers.set(url, text)
  await world.apply('a', aFeed())
  await world.expectStatus({ sets: 1, observedGeneration: 1 })
}
const first = { 'threatfeed.a': ['192.0.2.0/24', '198.51.100.7/32'] }

test('where there are no feeds, nothing is written', async () => {
  const before = await world.store.currentRevision()
  await sleep(50)
  world.clock.advance(hour)
  expect(await world.store.currentRevision()).toBe(before)
})

test('a feed fills a set with its labels, and says so', async () => {
  await synced()
  await world.expectNets(first)
  const [set] = await world.sets()
  expect(set?.metadata).toMatchObject({
    labels: { feed: 'bad' },
    generation: 1,
    ownerReferences: [{ kind: 'GlobalThreatFeed', name: 'a', controller: true }],
  })
  expect((await world.feed()).status).toEqual({
    lastSuccessfulSync: '2026-01-02T03:04:05Z',
    observedGeneration: 1,
    entries: 3,
    rejectedEntries: 0,
    nets: 2,
    sets: 1,
  })
})

test('it is pulled again when the period is over, and what is the same is not written', async () => {
  await synced()
  const [before] = (await world.store.list(setKey('threatfeed.a'))).objects
  world.clock.advance(hour - 1)
  await sleep(20)
  expect(world.lists.requests).toHaveLength(1)
  world.clock.advance(1)
  await world.expectRequests(2)
  await world.expectStatus({ lastSuccessfulSync: '2026-01-02T04:04:05Z' })
  const [after] = (await world.store.list(setKey('threatfeed.a'))).objects
  expect(after?.revision).toBe(before?.revision)
})

test('what the last answer said of itself is sent along, and an unchanged list counts as pulled', async () => {
  world.lists.answers.set(url, list('192.0.2.1\nbad', { etag: '"1"' }))
  await world.apply('a', aFeed())
  await world.expectStatus({ sets: 1 })
  world.lists.answers.set(url, { kind: 'Unchanged' })
  world.clock.advance(hour)
  await world.expectStatus({ lastSuccessfulSync: '2026-01-02T04:04:05Z', entries: 1 })
  expect(world.lists.requests.map(({ known }) => known)).toEqual([undefined, { etag: '"1"' }])
  expect((await world.feed()).status?.errorConditions).toMatchObject([{ type: 'EntriesRejected' }])
  await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'] })
})

test('a set that somebody removed or changed is made again with the next list, which is asked for whatever it is', async () => {
  world.lists.answers.set(url, list('192.0.2.1', { etag: '"1"' }))
  await world.apply('a', aFeed())
  await world.expectStatus({ sets: 1 })
  await world.store.delete(setKey('threatfeed.a'))
  world.clock.advance(hour)
  await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'] })
  expect(world.lists.requests[1]?.known).toBeUndefined()
})

describe('when the feed fails', () => {
  test('the last good list stays, the reason is told, and it is tried again soon', async () => {
    await synced()
    world.lists.answers.set(url, new PullError('PullFailed', 'feeds.example.com answered 500'))
    world.clock.advance(hour)
    await world.expectStatus({
      lastSuccessfulSync: '2026-01-02T03:04:05Z',
      entries: 3,
      errorConditions: [{ type: 'PullFailed', message: 'feeds.example.com answered 500' }],
    })
    await world.expectNets(first)
    for (const [count, ms] of [minute, 2 * minute, 4 * minute].entries()) {
      await expect.poll(() => world.errors.length).toBe(count + 1)
      await sleep(20)
      world.clock.advance(ms)
      await world.expectRequests(count + 3)
    }
    world.lists.answers.set(url, '203.0.113.1')
    await expect.poll(() => world.errors.length).toBe(4)
    await sleep(20)
    world.clock.advance(8 * minute)
    await world.expectNets({ 'threatfeed.a': ['203.0.113.1/32'] })
    await world.expectStatus({ entries: 1 })
    expect((await world.feed()).status?.errorConditions).toBeUndefined()
  })

  test.each([
    [
      'nothing in it is an address',
      '<html>\nlogin',
      /none of the 2 entries can be used, such as "<html>", "login"/,
    ],
    ['it is empty', '# nothing\n\n', /the list is empty/],
  ])('%s', async (_, text, message) => {
    await synced()
    world.lists.answers.set(url, text)
    world.clock.advance(hour)
    await world.expectStatus({
      errorConditions: [{ type: 'ListUnusable', message: expect.stringMatching(message) }],
    })
    await world.expectNets(first)
  })

  test('a store that does not take a set is told too, and the set comes when it does', async () => {
    const works = world.store.create.bind(world.store)
    world.store.create = (key, ...rest) =>
      key.startsWith(setKey('')) ? Promise.reject(new Error('too large')) : works(key, ...rest)
    world.lists.answers.set(url, '192.0.2.1')
    await world.apply('a', aFeed())
    await world.expectStatus({ errorConditions: [{ type: 'SetsNotWritten' }] })
    expect(world.errors).toEqual(['GlobalThreatFeed a was not pulled: Error: too large'])
    world.store.create = works
    await sleep(20)
    world.clock.advance(minute)
    await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'] })
  })

  test('bad lines are counted, and the first are shown', async () => {
    await synced('192.0.2.1\nnot an address\n10.0.0.0/33\n0.0.0.0/0\n::/0\n')
    await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'] })
    const message = '4 of 5 entries can not be used, such as "not an address", "10.0.0.0/33", "0.0.0.0/0"'
    await world.expectStatus({ rejectedEntries: 4, errorConditions: [{ type: 'EntriesRejected', message }] })
  })
})

describe('a change of the feed', () => {
  test('another URL is pulled at once, without what the old one said of itself, and the old list stays until then', async () => {
    world.lists.answers.set(url, list('192.0.2.1', { etag: '"1"' }))
    await world.apply('a', aFeed())
    await world.expectStatus({ sets: 1 })
    await world.apply('a', aFeed({}, { url: other }))
    await world.expectStatus({ observedGeneration: 2, errorConditions: [{ type: 'PullFailed' }] })
    await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'] })
    world.lists.answers.set(other, '203.0.113.9')
    await sleep(20)
    world.clock.advance(minute)
    await world.expectNets({ 'threatfeed.a': ['203.0.113.9/32'] })
    expect(world.lists.requests.at(-1)?.known).toBeUndefined()
  })

  test('labels are there at once, also when the feed fails', async () => {
    await synced()
    world.lists.answers.delete(url)
    await world.apply('a', aFeed({ globalNetworkSet: { labels: { feed: 'worse' } } }))
    await expect.poll(async () => (await world.sets())[0]?.metadata.labels).toEqual({ feed: 'worse' })
    await world.expectNets(first)
  })

  test.each<[string, object]>([
    ['Disabled', { mode: 'Disabled' }],
    ['no set', { globalNetworkSet: undefined }],
    ['domains', { content: 'DomainNameSet', globalNetworkSet: undefined }],
    ['nothing to pull', { pull: undefined, globalNetworkSet: undefined }],
  ])('%s: the set goes', async (_, spec) => {
    await synced()
    await world.apply('a', JSON.parse(JSON.stringify(aFeed(spec))))
    await world.expectNets({})
    await world.expectStatus({ observedGeneration: 2 })
  })

  test('a disabled feed is not pulled, and pulled at once when it is enabled again', async () => {
    await synced()
    await world.apply('a', aFeed({ mode: 'Disabled' }))
    await world.expectNets({})
    await sleep(20)
    world.clock.advance(24 * hour)
    await sleep(20)
    expect(world.lists.requests).toHaveLength(1)
    expect((await world.feed()).status).toEqual({
      lastSuccessfulSync: '2026-01-02T03:04:05Z',
      observedGeneration: 2,
    })
    await world.apply('a', aFeed())
    await world.expectNets(first)
  })

  test('while a pull runs ends it, and what it brings is not used', async () => {
    const late = Promise.withResolvers<ReturnType<typeof list>>()
    world.lists.answers.set(url, late.promise)
    world.lists.answers.set(other, '203.0.113.9')
    await world.apply('a', aFeed())
    await world.expectRequests(1)
    await world.apply('a', aFeed({}, { url: other }))
    await expect.poll(() => world.lists.requests[0]?.signal.aborted).toBe(true)
    late.resolve(list('192.0.2.1'))
    await world.expectNets({ 'threatfeed.a': ['203.0.113.9/32'] })
    expect(world.errors).toEqual([])
  })

  test('a feed that comes while another one is pulled does not wait for it', async () => {
    const late = Promise.withResolvers<ReturnType<typeof list>>()
    world.lists.answers.set(url, late.promise)
    world.lists.answers.set(other, '203.0.113.9')
    await world.apply('a', aFeed())
    await world.expectRequests(1)
    await world.apply('b', aFeed({}, { url: other }))
    await world.expectNets({ 'threatfeed.b': ['203.0.113.9/32'] })
    late.resolve(list('192.0.2.1'))
    await world.expectNets({ 'threatfeed.a': ['192.0.2.1/32'], 'threatfeed.b': ['203.0.113.9/32'] })
  })
})

describe('sets', () => {
  test('go with their feed, and those of others stay', async () => {
    await synced()
    world.lists.answers.set(other, '203.0.113.9')
    await world.apply('a2', aFeed({}, { url: other }))
    await world.expectStatus({ sets: 1 }, 'a2')
    await handMade('threatfeed.mine')
    await world.delete('a')
    await world.expectNets({ 'threatfeed.a2': ['203.0.113.9/32'], 'threatfeed.mine': ['10.0.0.0/8'] })
  })

  test('go with a feed that is deleted while it is pulled', async () => {
    await synced()
    const late = Promise.withResolvers<ReturnType<typeof list>>()
    world.lists.answers.set(url, late.promise)
    world.clock.advance(hour)
    await world.expectRequests(2)
    await world.delete('a')
    late.resolve(list('203.0.113.9'))
    await world.expectNets({})
    expect(world.errors).toEqual([])
  })

  test('go with a feed that is deleted while no server runs', async () => {
    await synced()
    await world.stop()
    await world.delete('a')
    await world.restart()
    await world.expectNets({})
  })

  test('that somebody else made are never changed, and the feed says so', async () => {
    await handMade('threatfeed.a')
    world.lists.answers.set(url, '192.0.2.1')
    await world.apply('a', aFeed())
    await world.expectStatus({
      errorConditions: [{ type: 'SetNameTaken', message: expect.stringContaining('threatfeed.a') }],
    })
    await world.delete('a')
    await sleep(50)
    await world.expectNets({ 'threatfeed.a': ['10.0.0.0/8'] })
  })

  async function handMade(name: string): Promise<void> {
    const set = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkSet',
      metadata: { name },
      spec: { nets: ['10.0.0.0/8'] },
    }
    await world.store.create(setKey(name), set)
  }
})

test('domains are counted, and fill no set', async () => {
  world.lists.answers.set(url, 'Bad.Example.com\nbad.example.com.\nbücher.example\n*.example.com\n-\n')
  await world.apply('a', aFeed({ content: 'DomainNameSet', globalNetworkSet: undefined }))
  await world.expectStatus({ entries: 2, rejectedEntries: 2, nets: 0, sets: 0 })
  await world.expectNets({})
})

test.each(['Custom', 'Builtin'])(
  'a feed of type %s without pull says that nothing is pulled',
  async (feedType) => {
    await world.apply('a', { feedType })
    await world.expectStatus({ errorConditions: [{ type: 'NothingToPull' }] })
    expect(world.lists.requests).toEqual([])
  },
)

test('after a restart, a feed is pulled when it is due, and at once when it had failed', async () => {
  await synced()
  world.clock.advance(hour / 2)
  await world.restart()
  await sleep(50)
  expect(world.lists.requests).toHaveLength(1)
  world.lists.answers.delete(url)
  world.clock.advance(hour / 2)
  await world.expectStatus({ errorConditions: [{ type: 'PullFailed' }] })
  world.lists.answers.set(url, '203.0.113.9')
  await world.restart()
  await world.expectNets({ 'threatfeed.a': ['203.0.113.9/32'] })
})

describe('headers', () => {
  const name = 'globalthreatfeed-a-token'
  const metadata = { name, namespace: threatFeedNamespace }
  const from = (source: object, more: object[] = []) =>
    aFeed({}, { headers: [{ name: 'Authorization', valueFrom: source }, ...more] })
  const secretKeyRef = { name, key: 'token' }

  test('come from a secret, and are neither logged nor told', async () => {
    const token = Buffer.from('Bearer hunter2\n').toString('base64')
    await world.put({ apiVersion: 'v1', kind: 'Secret', metadata, data: { token } }, 'secrets')
    world.lists.answers.set(url, new PullError('PullFailed', 'feeds.example.com answered 401'))
    await world.apply('a', from({ secretKeyRef }, [{ name: 'X-Plain', value: 'x' }]))
    await world.expectStatus({ errorConditions: [{ type: 'PullFailed' }] })
    expect(world.lists.requests[0]?.headers).toEqual({ authorization: 'Bearer hunter2', 'x-plain': 'x' })
    expect(JSON.stringify([world.errors, await world.feed()])).not.toContain('hunter2')
  })

  test('come from a config map', async () => {
    await world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { token: 'k' } }, 'configmaps')
    await world.apply('a', from({ configMapKeyRef: secretKeyRef }))
    await world.expectRequests(1)
    expect(world.lists.requests[0]?.headers).toEqual({ authorization: 'k' })
  })

  test('that are missing end the pull, unless they are optional', async () => {
    await world.apply('a', from({ secretKeyRef }))
    const message = `Secret ${threatFeedNamespace}/${name} is missing`
    await world.expectStatus({ errorConditions: [{ type: 'HeadersMissing', message }] })
    expect(world.lists.requests).toEqual([])
    await world.apply('a', from({ secretKeyRef: { ...secretKeyRef, optional: true } }))
    await world.expectRequests(1)
    expect(world.lists.requests[0]?.headers).toEqual({})
  })
})

test('of two servers on a store one pulls, and the other one goes on when it stops, or is silent for long', async () => {
  await synced()
  const second = new FeedWorld(world.store, world.clock)
  second.lists.answers.set(url, '203.0.113.9')
  await second.start()
  world.clock.advance(hour)
  await world.expectRequests(2)
  await sleep(50)
  expect(second.lists.requests).toEqual([])
  await world.stop()
  await sleep(20)
  second.clock.advance(5000)
  await sleep(50)
  expect(second.lists.requests).toEqual([])
  second.clock.advance(hour)
  await second.expectNets({ 'threatfeed.a': ['203.0.113.9/32'] })
  await second.stop()
})
