import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryStore } from '@margay/storage'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pod, policy, v3 } from '../../testing/objects.ts'
import { TestClock } from '../../testing/test-clock.ts'
import { TestServer } from '../../testing/test-server.ts'

const assertions = '/apis/policy.margay.io/v1alpha1/networkassertions'
const policies = `${v3}/namespaces/default/networkpolicies`
const pods = '/api/v1/namespaces/default/pods'

/** Counts what is written to assertions. */
class CountingStore extends MemoryStore {
  updates = 0
  override async update(...write: Parameters<MemoryStore['update']>) {
    if (write[0].includes('/networkassertions/')) this.updates++
    return super.update(...write)
  }
}

vi.setConfig({ testTimeout: 30_000 })

let store: CountingStore
let server: TestServer
beforeEach(async () => {
  store = new CountingStore()
  server = await TestServer.start(store)
  for (const name of ['web', 'db']) expect((await server.post(pods, labelled(name))).status).toBe(201)
})
afterEach(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const labelled = (name: string) => {
  const { metadata, ...rest } = pod(name, 'default') as { metadata: object }
  return { ...rest, metadata: { ...metadata, labels: { app: name } } }
}
const assertion = (spec: object = {}, name = 'a') => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name },
  spec: { require: 'never', from: { selector: "app == 'web'" }, to: { selector: "app == 'db'" }, ...spec },
})
const closed = { selector: "app == 'db'", types: ['Ingress'] }
const open = { ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [5432] } }] }

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

async function conditionOf(name = 'a', from = server): Promise<Condition | undefined> {
  const { json } = await from.get(`${assertions}/${name}`)
  return json.status?.conditions?.find(({ type }: Condition) => type === 'Holds')
}

/** As the clock goes on: slowly, since by the same clock a server gives up on a store that does not answer. */
async function becomes(status: string, name = 'a', servers = [server]): Promise<Condition | undefined> {
  const isSo = async () => {
    for (const { clock } of servers) clock.advance(200)
    return (await conditionOf(name, servers[0]))?.status
  }
  await expect.poll(isSo, { timeout: 20_000 }).toBe(status)
  return conditionOf(name, servers[0])
}

/** Long enough for whatever would be written. */
async function pass(servers = [server]): Promise<void> {
  for (let n = 0; n < 40; n++) {
    for (const { clock } of servers) clock.advance(200)
    await sleep(20)
  }
}

test('it says whether an assertion holds, by which packet not, and since when', async () => {
  await server.post(policies, policy('db', closed))
  await server.post(assertions, assertion({ description: 'Ask Ann.' }))
  expect(await conditionOf()).toBeUndefined()
  const holds = await becomes('True')
  expect(holds).toEqual({
    type: 'Holds',
    status: 'True',
    reason: 'Proved',
    message: 'No packet that can open a connection breaks it.',
    observedGeneration: 1,
    lastTransitionTime: expect.stringMatching(/^2026-01-02T03:04:\d\dZ$/),
  })
  server.clock.advance(3_600_000)
  await server.patch(`${policies}/db`, 'merge', { spec: open })
  const broken = await becomes('False')
  expect(broken).toMatchObject({
    reason: 'Broken',
    message:
      'default/web → default/db TCP 5432 is possible, and must never be (Egress of default/web: profile kns.default: Allow; ' +
      'Ingress of default/db: tier default, np:default/db rule 0: Allow)',
    lastTransitionTime: expect.stringMatching(/^2026-01-02T04:/),
  })
  server.clock.advance(3_600_000)
  await server.patch(`${policies}/db`, 'json', [
    { op: 'replace', path: '/spec/ingress/0/destination/ports', value: [6543] },
  ])
  await expect
    .poll(async () => {
      server.clock.advance(200)
      return conditionOf()
    })
    .toEqual({ ...broken, message: broken?.message.replace('5432', '6543') })
})

test('labels and pods that come make a difference, and so does another spec', async () => {
  await server.post(policies, policy('db', closed))
  await server.post(assertions, assertion({ to: { selector: "tier == 'data'" } }))
  expect((await becomes('True'))?.reason).toBe('SaysNothing')
  await server.patch(`${pods}/db`, 'merge', { metadata: { labels: { tier: 'data', app: 'other' } } })
  expect((await becomes('False'))?.message).toContain('default/web → default/db')
  await server.patch(`${assertions}/a`, 'merge', { spec: { require: 'always' } })
  expect(await becomes('True')).toMatchObject({ reason: 'Proved', observedGeneration: 2 })
})

test('one that a server finds when it starts is checked', async () => {
  await store.create('/policy.margay.io/networkassertions/a', {
    ...assertion({ mode: 'Audit' }),
    metadata: { name: 'a', uid: 'u', generation: 1 },
  })
  const other = await TestServer.start(store)
  expect((await becomes('False', 'a', [other]))?.reason).toBe('Broken')
  await other.close()
})

test('changes that come together are one write, and what changes nothing is none', async () => {
  await server.post(policies, policy('db', closed))
  await server.post(assertions, assertion())
  await becomes('True')
  store.updates = 0
  for (const spec of [open, { ingress: null }, open, { ingress: null }, open])
    await server.patch(`${policies}/db`, 'merge', { spec })
  await becomes('False')
  await server.patch(`${pods}/web`, 'merge', { metadata: { annotations: { a: 'b' } } })
  await server.post(policies, policy('x', { selector: "app == 'x'" }))
  await pass()
  expect(store.updates).toBe(1)
})

test('an address that a pod gets is looked at, as its labels are', async () => {
  const fromOne = { ingress: [{ action: 'Allow', source: { nets: ['10.0.0.5/32'] } }] }
  await server.post(policies, policy('db', { ...closed, ...fromOne }))
  const at = (podIP: string) => ({ status: { podIP, podIPs: [{ ip: podIP }] } })
  await server.patch(`${pods}/web/status`, 'merge', at('10.0.0.4'))
  await server.patch(`${pods}/db/status`, 'merge', at('10.0.0.6'))
  await server.post(assertions, assertion())
  await becomes('True')
  await server.patch(`${pods}/web/status`, 'merge', at('10.0.0.5'))
  await becomes('False')
})

test('a condition that somebody else wrote is put right, and other conditions stay', async () => {
  await server.post(policies, policy('db', closed))
  await server.post(assertions, assertion())
  await becomes('True')
  const at = { message: 'x', lastTransitionTime: '2026-01-01T00:00:00Z' }
  const conditions = [
    { type: 'Holds', status: 'False', reason: 'X', ...at },
    { type: 'Read', status: 'True', reason: 'ByAnn', ...at },
  ]
  await server.patch(`${assertions}/a/status`, 'merge', { status: { conditions } })
  await becomes('True')
  expect((await server.get(`${assertions}/a`)).json.status.conditions[0]).toEqual(conditions[1])
})

test('servers that share a store do not write in turns, even where their words differ', async () => {
  const other = await TestServer.start(store)
  const both = [server, other]
  await server.post(assertions, assertion())
  await other.post(policies, policy('db', closed))
  await becomes('True', 'a', both)
  await server.patch(`${policies}/db`, 'merge', { spec: open })
  await becomes('False', 'a', both)
  await pass(both)
  const { json } = await server.get(`${assertions}/a`)
  const [condition] = json.status.conditions
  store.updates = 0
  const reworded = { conditions: [{ ...condition, message: 'as another version says it' }] }
  await other.patch(`${assertions}/a/status`, 'merge', { status: reworded })
  await server.patch(`${pods}/web`, 'merge', { metadata: { annotations: { a: 'b' } } })
  await pass(both)
  expect(store.updates).toBe(1)
  expect(other.errors).toEqual([])
  await other.close()
})

/** By which each check takes 100 ms. */
class TickingClock extends TestClock {
  #readings = 0
  override now(): Date {
    return new Date(super.now().getTime() + 100 * this.#readings++)
  }
}

test('after a check of 100 ms there is none for a second', async () => {
  const clock = new TickingClock()
  const slow = await TestServer.start(store, undefined, { clock })
  const is = async (status: string) =>
    expect.poll(async () => (await conditionOf('a', slow))?.status).toBe(status)
  await slow.post(policies, policy('db', closed))
  await slow.post(assertions, assertion())
  for (let n = 0; n < 10; n++) {
    clock.advance(1100)
    await sleep(20)
  }
  await is('True')
  /** It knows of the change a moment after whoever made it. */
  const change = async (spec: object) => {
    await slow.patch(`${policies}/db`, 'merge', { spec })
    await sleep(200)
  }
  await change({ ingress: [{ action: 'Allow' }] })
  clock.advance(500)
  await is('False')
  await change({ ingress: null })
  clock.advance(900)
  await sleep(100)
  await is('False')
  clock.advance(200)
  await is('True')
  await slow.close()
})

test('a status is written whatever is enforced, and is no new generation', async () => {
  await server.post(policies, policy('db', closed))
  await server.post(assertions, assertion({ mode: 'Enforce' }))
  await becomes('True')
  await breakBehindItsBack()
  await becomes('False')
  const conditions = [
    {
      type: 'Read',
      status: 'True',
      reason: 'ByAnn',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ]
  const answer = await server.patch(`${assertions}/a/status`, 'merge', { status: { conditions } })
  expect([answer.status, answer.json.metadata.generation]).toEqual([200, 1])
  expect((await becomes('False'))?.reason).toBe('Broken')
})

/** As by a node that reports an address, which nobody can refuse. */
async function breakBehindItsBack(): Promise<void> {
  const stored = await store.get('/projectcalico.org/networkpolicies/default/db')
  if (stored === undefined) throw new Error('the policy is not there')
  await store.update(stored.key, { ...stored.value, spec: { ...closed, ...open } }, stored.revision)
}
