import type { ResourceObject } from '@margay/resources'
import { MemoryStore, type Store } from '@margay/storage'
import { expect, test } from 'vitest'
import { clusterBinding, clusterRole, rule, user } from '../testing/rbac.ts'
import { TestClock } from '../testing/test-clock.ts'
import { resourceAction } from './attributes.ts'
import { LiveRights } from './live-rights.ts'

const log = { info: () => undefined, error: () => undefined }
const list = {
  ...resourceAction({ verb: 'list', group: '', resource: 'pods' }),
  user: { name: 'ann', groups: [] },
}

async function grant(store: Store): Promise<bigint> {
  const role = clusterRole('r', [rule('list', '', 'pods')]) as unknown as ResourceObject
  await store.create('/rbac.authorization.k8s.io/clusterroles/r', role)
  const binding = clusterBinding('b', 'r', user('ann')) as unknown as ResourceObject
  return (await store.create('/rbac.authorization.k8s.io/clusterrolebindings/b', binding)).revision
}

test('what was written is known once it is reached, and tiers by name', async () => {
  const store = new MemoryStore()
  const rights = await LiveRights.start({ store, clock: new TestClock(), log })
  expect(rights.index.decide(list).decision).toBe('NoOpinion')
  await store.create('/projectcalico.org/tiers/b', {
    apiVersion: 'v3',
    kind: 'Tier',
    metadata: { name: 'b' },
  })
  expect(await rights.reached(await grant(store))).toBe(true)
  expect(rights.index.decide(list).decision).toBe('Allow')
  expect(rights.tiers).toEqual(['b'])
  await rights.stop()
})

test('who waits for a store that tells nothing is let go after a while', async () => {
  const clock = new TestClock()
  const rights = await LiveRights.start({ store: new MemoryStore(), clock, log })
  const reached = rights.reached(1000n)
  clock.advance(2000)
  expect(await reached).toBe(false)
  await rights.stop()
})
