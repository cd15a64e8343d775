/** Two servers on one store get writes at the same time that keep an assertion one by one, and together break it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryStore } from '@margay/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../real-environment.ts'
import { pod, v3 } from '../../testing/objects.ts'
import { type Answer, TestServer } from '../../testing/test-server.ts'

const assertions = '/apis/policy.margay.io/v1alpha1/networkassertions'
const policies = `${v3}/namespaces/default/networkpolicies`

/** What a server has decided it stores a while later. */
class SlowStore extends MemoryStore {
  override async create(...write: Parameters<MemoryStore['create']>) {
    await sleep(Math.random() * 4)
    return super.create(...write)
  }

  override async delete(...write: Parameters<MemoryStore['delete']>) {
    await sleep(Math.random() * 4)
    return super.delete(...write)
  }
}

let [one, other]: [TestServer, TestServer] = [undefined as never, undefined as never]
beforeEach(async () => {
  const store = new SlowStore()
  one = await TestServer.start(store, undefined, { clock: systemClock })
  other = await TestServer.start(store, undefined, { clock: systemClock })
  for (const name of ['web', 'db']) {
    const object = pod(name, 'default') as { metadata: object }
    const labelled = { ...object, metadata: { ...object.metadata, labels: { app: name } } }
    expect((await one.post('/api/v1/namespaces/default/pods', labelled)).status).toBe(201)
  }
})
afterEach(async () => {
  expect([...one.errors, ...other.errors]).toEqual([])
  await one.close()
  await other.close()
})

const policy = (name: string, app: string, types: string[]) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'default' },
  spec: { selector: `app == '${app}'`, types },
})
const assertion = {
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name: 'a' },
  spec: {
    require: 'never',
    from: { selector: "app == 'web'" },
    to: { selector: "app == 'db'" },
    mode: 'Enforce',
  },
}

async function ok(answer: Promise<Answer>): Promise<void> {
  const { status, json } = await answer
  expect([status < 300, json.message]).toEqual([true, undefined])
}

/** Each round both ends are shut, where one is not, and both are opened at the same time. */
test('either end may be opened, never both', async () => {
  await ok(one.post(policies, policy('in', 'db', ['Ingress'])))
  await ok(one.post(assertions, assertion))
  for (let round = 0; round < 15; round++) {
    await one.post(policies, policy('in', 'db', ['Ingress']))
    await one.post(policies, policy('out', 'web', ['Egress']))
    const answers = await Promise.all([one.delete(`${policies}/in`), other.delete(`${policies}/out`)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
    expect(answers.map(({ json }) => json.message ?? '').join('')).toContain('would break the assertion a')
  }
}, 60_000)

test('an assertion does not come while what it forbids is made possible elsewhere', async () => {
  for (let round = 0; round < 15; round++) {
    await ok(one.post(policies, policy('in', 'db', ['Ingress'])))
    const [made, opened] = await Promise.all([
      one.post(assertions, assertion),
      other.delete(`${policies}/in`),
    ])
    expect([made?.status, opened?.status]).toContain(403)
    await one.delete(assertions)
    await one.delete(policies)
  }
}, 60_000)
