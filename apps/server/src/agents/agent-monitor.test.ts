/** An agent that dies is seen on its node. */
import { randomBytes, randomUUID } from 'node:crypto'
import { MemoryStore, type Store } from '@margay/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AssertedPolicy } from '../admission/assertions/asserted-policy.ts'
import { AssertionGuard } from '../admission/assertions/assertion-guard.ts'
import type { Environment } from '../environment.ts'
import { WriteLock } from '../rest/write-lock.ts'
import { TestClock } from '../testing/test-clock.ts'
import { TestServer } from '../testing/test-server.ts'
import { AgentMonitor } from './agent-monitor.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/margay-system/leases'
let server: TestServer
let monitor: AgentMonitor

beforeEach(async () => {
  server = await TestServer.start()
  monitor = new AgentMonitor(environmentOf(server.store))
  for (const name of ['n1', 'n2', 'bare'])
    await server.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  for (const name of ['n1', 'n2']) {
    await server.post(leases, { metadata: { name }, spec: { holderIdentity: name } })
    await report(name, 'True')
  }
})
afterEach(async () => {
  await server.close()
  expect(server.errors).toEqual([])
})

const report = (name: string, status: string) =>
  server.patch(`/api/v1/nodes/${name}/status`, 'strategic-merge', {
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'MargayPolicyEnforced', status, lastHeartbeatTime: '2026-01-01T00:00:00Z' },
      ],
    },
  })

let renewals = 0
const renew = (name: string) =>
  server.patch(`${leases}/${name}`, 'merge', { spec: { leaseTransitions: renewals++ } })

function environmentOf(store: Store): Environment {
  const clock = new TestClock()
  const log = { info: () => undefined, error: () => undefined }
  return {
    store,
    clock,
    random: { uuid: randomUUID, bytes: randomBytes },
    log,
    writes: new WriteLock(),
    assertions: new AssertionGuard(new AssertedPolicy({ store, clock, log })),
  }
}

/** As so many looks, 20 s from each other. */
async function pass(looks: number, meanwhile: () => Promise<unknown> = async () => undefined) {
  for (let n = 0; n < looks; n++) {
    await monitor.look()
    await meanwhile()
  }
}

type Condition = Readonly<Record<string, string>>
async function conditionOf(name: string): Promise<Condition | undefined> {
  const { json } = await server.get(`/api/v1/nodes/${name}`)
  return json.status?.conditions?.find(({ type }: Condition) => type === 'MargayPolicyEnforced')
}

test('a silent agent is Unknown after the duration of its lease, and the one that renews is not', async () => {
  await pass(3, () => renew('n2'))
  expect((await conditionOf('n1'))?.status).toBe('True')
  await pass(1, () => renew('n2'))
  expect(await conditionOf('n1')).toEqual({
    type: 'MargayPolicyEnforced',
    status: 'Unknown',
    reason: 'AgentSilent',
    message: 'nothing was heard of the agent for 60 s; the kernel keeps the rules that it last had',
    lastHeartbeatTime: '2026-01-01T00:00:00Z',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  })
  expect((await conditionOf('n2'))?.status).toBe('True')
  const { json } = await server.get('/api/v1/nodes/n1')
  expect(json.status.conditions).toContainEqual({ type: 'Ready', status: 'True' })
})

test('a node that never had an agent stays as it is, and so does one that is Unknown already', async () => {
  await pass(5)
  const { json: before } = await server.get('/api/v1/nodes')
  await pass(5)
  const { json: after } = await server.get('/api/v1/nodes')
  expect(after.items).toEqual(before.items)
  expect(await conditionOf('bare')).toBeUndefined()
})

test('an agent whose lease somebody deleted is gone too', async () => {
  await server.delete(`${leases}/n1`)
  await pass(4, () => renew('n2'))
  expect((await conditionOf('n1'))?.status).toBe('Unknown')
})

test('one that comes back may be lost again', async () => {
  await pass(4)
  await renew('n1')
  await report('n1', 'True')
  await pass(3)
  expect((await conditionOf('n1'))?.status).toBe('True')
  await pass(1)
  expect((await conditionOf('n1'))?.status).toBe('Unknown')
})

test('a server looks by itself, as long as it runs, and holds it against nobody that it was away', async () => {
  const store = new MemoryStore()
  const own = await TestServer.start(store)
  await own.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })
  await own.patch('/api/v1/nodes/n1/status', 'merge', {
    status: { conditions: [{ type: 'MargayPolicyEnforced', status: 'True' }] },
  })
  const status = async () => (await own.get('/api/v1/nodes/n1')).json.status.conditions[0].status
  own.clock.advance(3_600_000 - 1)
  expect(await status()).toBe('True')
  await expect
    .poll(async () => {
      own.clock.advance(20_000)
      return status()
    })
    .toBe('Unknown')
  await own.close()
  expect(own.errors).toEqual([])
})

test('requests get their turn while thousands of nodes are looked at', async () => {
  for (let n = 0; n < 1200; n++) {
    const metadata = { name: `m${n}`, namespace: 'margay-system' }
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata }
    await server.store.create(`/coordination.k8s.io/leases/margay-system/m${n}`, lease)
  }
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await monitor.look()
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(3)
})
