import type { Clock } from '@margay/client'
import { findKind, type KindDefinition, type ResourceObject } from '@margay/resources'
import { FakeApi } from '@margay/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ClusterChange, ClusterFollower } from './cluster-follower.ts'

const clock: Clock = { now: () => new Date(0), after: () => () => undefined }
const serviceKind = findKind('v1', 'Service') as KindDefinition

let api: FakeApi
let told: ClusterChange[]
let failures: number
let follower: ClusterFollower

beforeEach(() => {
  api = new FakeApi()
  told = []
  failures = 0
  follower = new ClusterFollower({
    client: api,
    clock,
    random: () => 0,
    log: () => undefined,
    moreKinds: [serviceKind],
    onChange: (change) => told.push(change),
    onOptionalFailure: () => failures++,
  })
})
afterEach(() => follower.stop())

const named = (apiVersion: string, kind: string, name: string, more: object = {}): ResourceObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(kind === 'Service' ? { namespace: 'shop' } : {}) },
  ...more,
})
const toldOf = (kind: string) => told.filter((it) => it.kind.kind === kind && it.change.type !== 'synced')

test('what is there is one change each, once every kind was listed', async () => {
  api.put(named('v1', 'Namespace', 'shop'))
  follower.start()
  await expect.poll(() => follower.hasSynced).toBe(true)
  const namespaces = follower.takeChanges().filter(({ after }) => after?.kind === 'Namespace')
  expect(namespaces.map(({ before, after }) => [before, after?.metadata.name])).toEqual([[undefined, 'shop']])
  expect(follower.takeChanges()).toEqual([])
  expect(follower.newestRevision).toBe('1')
})

test('a kind that somebody else needs is followed, and is no change of policy', async () => {
  follower.start()
  await expect.poll(() => follower.hasSynced).toBe(true)
  api.put(named('v1', 'Service', 'web', { spec: { clusterIP: '10.96.0.1' } }))
  await expect.poll(() => toldOf('Service').map(({ concernsPolicy }) => concernsPolicy)).toEqual([false])
  expect([...follower.itemsOf('v1/Service').keys()]).toEqual(['shop/web'])
  expect(follower.takeChanges()).toEqual([])
})

test('what goes is told, and taken as a change to nothing', async () => {
  api.put(named('v1', 'Namespace', 'shop'))
  follower.start()
  await expect.poll(() => follower.hasSynced).toBe(true)
  follower.takeChanges()
  api.delete(named('v1', 'Namespace', 'shop'))
  await expect.poll(() => toldOf('Namespace').at(-1)?.change.type).toBe('deleted')
  expect(follower.takeChanges()).toMatchObject([{ before: { metadata: { name: 'shop' } }, after: undefined }])
})

test('kinds that are only counted hold up nothing where they are refused, and others do', async () => {
  api.refused = ['StagedNetworkPolicy']
  follower.start()
  await expect.poll(() => follower.hasSynced).toBe(true)
  expect(failures).toBeGreaterThan(0)
})

test.each(['NetworkPolicy', 'Service'])('without %s nothing is complete', async (kind) => {
  api.refused = [kind]
  follower.start()
  await expect.poll(() => told.some(({ change }) => change.type === 'synced')).toBe(true)
  expect(follower.hasSynced).toBe(false)
})
