/** Who did what: over real requests, from the store's journal to the log's files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlreadyExistsError, MemoryStore } from '@margay/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inDefault, namespace, pod, policy, tier, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'
import { AuditLog } from './audit-log.ts'
import { type AuditPolicy, defaultAuditPolicy } from './audit-policy.ts'
import { AuditTrail } from './audit-trail.ts'
import type { AuditEvent } from './event.ts'
import { verifyLog } from './verify-log.ts'

let directory: string
let store: MemoryStore
let server: TestServer
let trail: AuditTrail

const clock = { now: () => new Date('2026-01-02T03:04:05.678Z'), after: () => () => undefined }
const problems: string[] = []
const errors = { error: (message: string) => void problems.push(message) }

async function openTrail(policy: AuditPolicy): Promise<AuditTrail> {
  const log = await AuditLog.open({ directory, clock })
  return AuditTrail.open({ log, policy, store, clock, errors })
}

async function start(policy: AuditPolicy = defaultAuditPolicy): Promise<void> {
  store = new MemoryStore()
  trail = await openTrail(policy)
  server = await TestServer.start(store, trail)
}

/** All records; those of the server's own start left out. Ends the server. */
async function recorded(): Promise<AuditEvent[]> {
  await stop()
  expect(await verifyLog(directory)).toMatchObject({ ok: true })
  return written()
}

/** Those that are in the files by now. */
function written(): AuditEvent[] {
  const lines = readdirSync(directory)
    .sort()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n'))
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user }) => user.username !== 'system:apiserver')
}

/** The store is closed last: the log still reads its journal. */
async function stop(): Promise<void> {
  await trail.close()
  await server.close()
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'margay-audit-'))
  problems.length = 0
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
  expect(problems).toEqual([])
})

describe('a change of a policy is recorded with all of before and after', () => {
  test('create, update, patch, delete', async () => {
    await start()
    const path = `${inDefault}/networkpolicies`
    const { json } = await server.post(path, policy('web', { order: 1 }))
    await server.put(`${path}/web`, { ...json, spec: { ...json.spec, order: 2 } })
    await server.patch(`${path}/web`, 'merge', { spec: { order: 3 } })
    await server.delete(`${path}/web`)
    const events = await recorded()
    expect(events.map(({ verb }) => verb)).toEqual(['create', 'update', 'patch', 'delete'])
    const orders = events.map(({ annotations, responseObject }) => [
      JSON.parse(annotations['audit.margay.io/before'] ?? 'null')?.spec.order,
      (responseObject as { spec: { order: number } } | undefined)?.spec.order,
    ])
    expect(orders).toEqual([
      [undefined, 1],
      [1, 2],
      [2, 3],
      [3, undefined],
    ])
  })

  test('with who, when, from where, what and the decision', async () => {
    await start()
    await server.post(`${v3}/tiers`, tier('security'))
    const [event] = await recorded()
    expect(event).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      stage: 'ResponseComplete',
      requestURI: `${v3}/tiers`,
      verb: 'create',
      user: { username: 'margay-admin', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      objectRef: {
        resource: 'tiers',
        apiGroup: 'projectcalico.org',
        apiVersion: 'v3',
        name: 'security',
        uid: expect.any(String),
        resourceVersion: expect.stringMatching(/^\d+$/),
      },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'Tier' },
      requestReceivedTimestamp: '2026-01-02T03:04:05.678000Z',
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    })
  })

  test('each object that a collection or a namespace takes along has a record of its own', async () => {
    await start()
    await server.post('/api/v1/namespaces', namespace('team'))
    await server.post('/api/v1/namespaces/team/pods', pod('web', 'team'))
    await server.post(`${v3}/namespaces/team/networkpolicies`, policy('web', {}, { namespace: 'team' }))
    await server.delete('/api/v1/namespaces/team')
    const events = (await recorded()).filter(({ verb }) => verb === 'delete')
    expect(new Set(events.map(({ auditID }) => auditID)).size).toBe(1)
    expect(events.map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.name}`)).toEqual([
      'namespaces team',
      'pods web',
      'networkpolicies web',
      'namespaces team',
    ])
  })
})

describe('what is refused is recorded too', () => {
  test('with the status that the client got', async () => {
    await start()
    await server.post(`${v3}/tiers`, tier('Bad_Name'))
    await server.delete(`${v3}/tiers/default`)
    await server.call('POST', `${v3}/tiers`, { body: tier('security'), client: 'none' })
    const events = await recorded()
    expect(events.map(({ responseStatus: { code, reason } }) => [code, reason])).toEqual([
      [422, 'Invalid'],
      [403, 'Forbidden'],
      [401, 'Unauthorized'],
    ])
    expect(events[2]).toMatchObject({
      user: { username: 'system:anonymous' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    })
  })

  test('a dry run changes nothing, and says what it was asked', async () => {
    await start()
    await server.post(`${v3}/tiers?dryRun=All`, tier('security'))
    const [event] = await recorded()
    expect(event).toMatchObject({ requestURI: `${v3}/tiers?dryRun=All`, responseStatus: { code: 201 } })
    expect(event?.annotations).not.toHaveProperty('audit.margay.io/revision')
  })

  test('a creation that was refused is found by the name that it asked for', async () => {
    await start()
    await server.post(`${v3}/tiers`, { ...tier('security'), spec: { order: 'first' } })
    await server.post(`${v3}/tiers`, 'no object')
    const names = (await recorded()).map(({ objectRef, responseStatus }) => [
      objectRef?.name,
      responseStatus.code,
    ])
    expect(names).toEqual([
      ['security', 422],
      [undefined, 400],
    ])
  })
})

describe('levels', () => {
  test('reads are not recorded by default, and are when a rule says so', async () => {
    await start()
    await server.get(`${v3}/tiers`)
    expect(await recorded()).toEqual([])
    await start({ rules: [{ level: 'Metadata', verbs: ['list', 'get'] }] })
    await server.get(`${v3}/tiers`)
    await server.get(`${v3}/tiers/default`)
    const events = await recorded()
    expect(events.map(({ verb, objectRef }) => `${verb} ${objectRef?.name}`)).toEqual([
      'list undefined',
      'get default',
    ])
  })

  test('a watch has a record at its start and one at its end', async () => {
    await start({ rules: [{ level: 'Metadata', verbs: ['watch'] }] })
    const watch = await server.watch(`${v3}/tiers?watch=true`)
    await watch.next()
    watch.close()
    await expect
      .poll(() => written().map(({ stage }) => stage))
      .toEqual(['ResponseStarted', 'ResponseComplete'])
    expect(await recorded()).toHaveLength(2)
  })

  test('Metadata has no objects, Request only what was sent', async () => {
    await start({
      rules: [
        { level: 'Request', resources: [{ group: 'projectcalico.org', resources: ['tiers'] }] },
        { level: 'Metadata' },
      ],
    })
    await server.post(`${v3}/tiers`, tier('security'))
    await server.post('/api/v1/namespaces', namespace('team'))
    const [first, second] = await recorded()
    expect([first?.requestObject !== undefined, first?.responseObject]).toEqual([true, undefined])
    expect([second?.requestObject, second?.responseObject]).toEqual([undefined, undefined])
  })

  test('None keeps a write out of the log altogether', async () => {
    await start({ rules: [{ level: 'None' }] })
    await server.post(`${v3}/tiers`, tier('security'))
    expect(await recorded()).toEqual([])
  })
})

test('a log that comes with a store that was restored, whose revisions begin anew, goes on with its first record', async () => {
  await start()
  for (let n = 0; n < 50; n++) await server.post(`${v3}/tiers`, tier(`before${n}`))
  await stop()
  await start()
  await server.post(`${v3}/tiers`, tier('after'))
  const events = await recorded()
  expect(events).toHaveLength(51)
  expect(events.at(-1)).toMatchObject({ verb: 'create', objectRef: { name: 'after' } })
})

test('a write that the store refuses, because another server was faster, is recorded as what it was: refused', async () => {
  await start()
  store.create = async (key) => {
    throw new AlreadyExistsError(key)
  }
  const { status } = await server.post(`${v3}/tiers`, tier('security'))
  const events = await recorded()
  expect(status).toBe(409)
  expect(events).toMatchObject([{ verb: 'create', responseStatus: { code: 409, reason: 'AlreadyExists' } }])
})

test('what a dead process left in the journal comes to the log with the next one, once', async () => {
  await start()
  const { json } = await server.post(`${v3}/tiers`, tier('security'))
  await stop()
  const record = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: 'left',
    user: { username: 'ann', groups: [] },
    annotations: {},
    objectRef: { resource: 'tiers', apiVersion: 'v3' },
  }
  store = new MemoryStore()
  const { revision } = await store.create('/a/b/c', json, { journal: record })
  rmSync(directory, { recursive: true, force: true })
  for (let n = 0; n < 2; n++) {
    trail = await openTrail(defaultAuditPolicy)
    await trail.close()
  }
  const [line, ...more] = readFileSync(join(directory, 'audit-000000000001.jsonl'), 'utf8').trim().split('\n')
  expect(more).toEqual([])
  expect(JSON.parse(line ?? '')).toMatchObject({
    auditID: 'left',
    objectRef: { resourceVersion: String(revision) },
  })
})
