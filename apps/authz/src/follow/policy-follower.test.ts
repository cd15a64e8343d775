import { ApiError, type WatchEvent } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { afterEach, expect, test, vi } from 'vitest'
import { checkOf } from '../judge/judge.testkit.ts'
import { PolicyJudge } from '../judge/policy-judge.ts'
import { PolicyFollower } from './policy-follower.ts'

/** A server of a few objects: lists them, and tells what becomes of them. */
class FakeApi {
  isGone = false
  readonly #objects = new Map<string, ResourceObject>()
  readonly #tells = new Set<(event: Exclude<WatchEvent, { type: 'BOOKMARK' }>) => void>()
  #revision = 0

  put(object: ResourceObject): void {
    const key = `${object.apiVersion}/${object.kind}/${object.metadata.namespace}/${object.metadata.name}`
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED'
    const metadata = { ...object.metadata, uid: key, resourceVersion: String(++this.#revision) }
    this.#objects.set(key, { ...object, metadata })
    for (const tell of this.#tells) tell({ type, object: { ...object, metadata } })
  }

  async list({ apiVersion, kind }: KindDefinition) {
    if (this.isGone) throw new ApiError(503, 'ServiceUnavailable', 'gone')
    const items = [...this.#objects.values()].filter((it) => it.kind === kind && it.apiVersion === apiVersion)
    return { items, resourceVersion: String(this.#revision) }
  }

  async *watch(
    { apiVersion, kind }: KindDefinition,
    { signal }: { signal?: AbortSignal | undefined },
  ): AsyncGenerator<WatchEvent> {
    const queue: WatchEvent[] = []
    let wake = () => {}
    this.#tells.add((event) => {
      if (event.object.kind === kind && event.object.apiVersion === apiVersion) queue.push(event)
      wake()
    })
    signal?.addEventListener('abort', () => wake())
    while (signal?.aborted !== true) {
      const event = queue.shift()
      if (event !== undefined) yield event
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }
}

const pod = (name: string, ip: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, labels: { app: name } },
  spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIPs: [{ ip }] },
})
const policy = (spec: object, name = 'p'): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name },
  spec: { selector: "app == 'api'", types: ['Ingress'], ...spec },
})
const service: ResourceObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'api' },
  spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ port: 80, protocol: 'TCP' }] },
}
const slice: ResourceObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'shop', name: 'api-1', labels: { 'kubernetes.io/service-name': 'api' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.2'] }],
  ports: [{ port: 8080, protocol: 'TCP' }],
}

const running: PolicyFollower[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((it) => it.stop()))
})

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

function started(api = new FakeApi(), judge = new PolicyJudge()) {
  const lines: string[] = []
  const timers: (() => void)[] = []
  api.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  api.put(pod('web', '10.0.0.1'))
  api.put(pod('api', '10.0.0.2'))
  const clock = {
    now: () => new Date(0),
    after: (_ms: number, callback: () => void) => {
      timers.push(callback)
      return () => {}
    },
  }
  const follower = new PolicyFollower({
    client: api,
    clock,
    random: () => 0,
    log: (line) => lines.push(line),
    judge,
  })
  running.push(follower)
  follower.start()
  return { api, judge, lines, timers, follower }
}

const asked = checkOf({ from: '10.0.0.1', to: '10.0.0.2' })
const askedService = checkOf({ from: '10.0.0.1', to: '10.96.0.1' })
const outcome = (judge: PolicyJudge, check = asked) => {
  const { verdict, metadata } = judge.check(check)
  return `${verdict} ${metadata.policy ?? metadata.profile ?? metadata.reason} ${metadata.rule ?? ''}`.trim()
}

test('checks are answered when everything was listed, and by each change of it', async () => {
  const { api, judge } = started()
  expect(judge.isReady).toBe(false)
  await until(() => expect(judge.isReady).toBe(true))
  expect(outcome(judge)).toBe('Allow kns.shop')
  api.put(policy({ ingress: [{ action: 'Deny' }] }))
  await until(() => expect(outcome(judge)).toBe('Deny np:shop/p 0'))
  expect(outcome(judge, askedService)).toBe('Deny UnknownDestination')
  api.put(slice)
  api.put(service)
  await until(() => expect(outcome(judge, askedService)).toBe('Deny np:shop/p 0'))
})

test('nothing is answered while the API can not be read, and all goes on when it is gone', async () => {
  const api = new FakeApi()
  api.isGone = true
  const { judge, timers } = started(api)
  await until(() => expect(timers.length).toBeGreaterThan(20))
  expect(judge.isReady).toBe(false)
  api.isGone = false
  for (const fire of timers.splice(0)) fire()
  await until(() => expect(judge.isReady).toBe(true))
  api.isGone = true
  expect(outcome(judge)).toBe('Allow kns.shop')
})

test('a policy that is not understood denies, and is told of once', async () => {
  const server = new FakeApi()
  server.put(policy({ ingress: [{ action: 'Allow', future: true }] }))
  const { api, judge, lines } = started(server)
  await until(() => expect(judge.isReady).toBe(true))
  await until(() => expect(outcome(judge)).toBe('Deny np:shop/p 0'))
  api.put(pod('web', '10.0.0.7'))
  await until(() => expect(outcome(judge, checkOf({ from: '10.0.0.7', to: '10.0.0.2' }))).toMatch(/^Deny np/))
  expect(lines.filter((line) => line.includes('np:shop/p') || line.includes('shop/p:'))).toHaveLength(1)
})

test('what could not be taken in ends all answers, until all was told anew', async () => {
  const { api, judge, lines, timers } = started()
  await until(() => expect(judge.isReady).toBe(true))
  const update = judge.update.bind(judge)
  judge.update = () => {
    judge.update = update
    throw new Error('a mistake')
  }
  api.put(policy({ ingress: [{ action: 'Deny' }] }))
  await until(() => expect(judge.isReady).toBe(false))
  expect(lines.at(-1)).toBe(
    'policy could not be taken in: a mistake; no check is answered, trying again in 1000 ms',
  )
  for (const fire of timers.splice(0)) fire()
  await until(() => expect(judge.isReady).toBe(true))
  expect(outcome(judge)).toBe('Deny np:shop/p 0')
})

test('while policy changes, each check is decided by one state of it, whole', async () => {
  const { api, judge } = started()
  await until(() => expect(judge.isReady).toBe(true))
  // Half of the one with half of the other would allow both requests, or neither.
  const states = [
    [{ action: 'Allow', http: { paths: [{ exact: '/a' }] } }],
    [
      { action: 'Deny', source: { nets: ['192.0.2.0/24'] } },
      { action: 'Allow', http: { paths: [{ exact: '/b' }] } },
    ],
  ]
  api.put(policy({ ingress: states[0] }))
  await until(() => expect(outcome(judge)).toMatch(/^Deny/))
  const check = (path: string) => checkOf({ from: '10.0.0.1', to: '10.0.0.2', http: { path } })
  const seen = new Set<string>()
  for (let n = 0; n < 300; n++) {
    api.put(policy({ ingress: states[n % 2] }))
    for (let turn = 0; turn < 3; turn++) {
      seen.add(['/a', '/b'].map((path) => outcome(judge, check(path))).join(', '))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  expect([...seen].sort()).toEqual(['Allow np:shop/p 0, Deny np:shop/p', 'Deny np:shop/p, Allow np:shop/p 1'])
})
