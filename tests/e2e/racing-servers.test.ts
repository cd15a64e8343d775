/** Two servers on one etcd get writes at the same time that are legal one by one, and not together. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openEtcdStore, type Store } from '@margay/storage'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../apps/server/src/real-environment.ts'
import { pod } from '../../apps/server/src/testing/objects.ts'
import { clusterBinding, clusterRole, rbac, rule, user } from '../../apps/server/src/testing/rbac.ts'
import { type Answer, TestServer } from '../../apps/server/src/testing/test-server.ts'
import { EtcdServer, etcdMissing, suiteName } from '../../packages/storage/src/testing/etcd-server.ts'

const calico = '/apis/projectcalico.org/v3'
/** More would only be in each other's way: a tier can't go while policies of any tier come in all the time. */
const lanes = 2

interface Race {
  /** 200 by default. */
  readonly rounds?: number
  readonly setUp?: (n: number) => Promise<void>
  readonly first: (n: number) => Promise<Answer>
  readonly second: (n: number) => Promise<Answer>
  /** Asked when both have been answered. */
  readonly isLegal: (n: number) => Promise<boolean>
}

interface Outcome {
  /** Rounds. */
  readonly illegal: readonly number[]
  readonly told: Readonly<Record<'both' | 'first' | 'second' | 'none', number>>
}

describe.skipIf(etcdMissing !== undefined)(suiteName('two servers that race'), () => {
  let etcd: EtcdServer
  let longestPauseMs = 0
  let [one, other]: [TestServer, TestServer] = [undefined as never, undefined as never]

  beforeAll(async () => {
    etcd = await EtcdServer.start()
    one = await open('one')
    other = await open('other')
  })
  afterAll(async () => {
    await one?.close()
    await other?.close()
    await etcd?.remove()
  })

  async function open(writer: string): Promise<TestServer> {
    const store = await openEtcdStore({ endpoints: [etcd.endpoint], writer })
    return TestServer.start(writer === 'one' ? slowToCreate(store) : store, undefined, { clock: systemClock })
  }

  /** What a server has decided it stores a while later, and meanwhile the other one goes on. */
  function slowToCreate(store: Store): Store {
    const create = store.create.bind(store)
    store.create = async (...write) => {
      await sleep(Math.random() * longestPauseMs)
      return create(...write)
    }
    return store
  }

  /** Runs all rounds, some at once, and tells how often which of the two was told yes. */
  async function race({ setUp, first, second, isLegal, rounds = 200 }: Race): Promise<Outcome> {
    const illegal: number[] = []
    const told = { both: 0, first: 0, second: 0, none: 0 }
    const lane = async (start: number): Promise<void> => {
      for (let n = start; n < rounds; n += lanes) {
        await setUp?.(n)
        const answers = await Promise.all([
          later(headStartMs(n), () => first(n)),
          later(-headStartMs(n), () => second(n)),
        ])
        const [isFirst, isSecond] = answers.map(({ status }) => status < 300)
        told[isFirst ? (isSecond ? 'both' : 'first') : isSecond ? 'second' : 'none']++
        if (!(await isLegal(n))) illegal.push(n)
      }
    }
    await Promise.all(Array.from({ length: lanes }, (_, start) => lane(start)))
    return { illegal, told }
  }

  const isThere = async (path: string): Promise<boolean> => (await one.get(path)).status === 200

  beforeEach(() => {
    longestPauseMs = 0
  })

  test('a policy and the end of its tier: no policy is ever left without its tier', async () => {
    const tier = (n: number) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: `t${n}` },
    })
    const policy = (n: number) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `t${n}.p` },
      spec: { tier: `t${n}`, selector: 'all()' },
    })
    const { illegal, told } = await race({
      setUp: async (n) => {
        expect((await one.post(`${calico}/tiers`, tier(n))).status).toBe(201)
      },
      first: (n) => one.post(`${calico}/globalnetworkpolicies`, policy(n)),
      second: (n) => other.delete(`${calico}/tiers/t${n}`),
      isLegal: async (n) =>
        (await isThere(`${calico}/tiers/t${n}`)) ||
        !(await isThere(`${calico}/globalnetworkpolicies/t${n}.p`)),
    })
    expect(illegal).toEqual([])
    expect(told).toMatchObject({ both: 0, none: 0 })
    expect(told.first).toBeGreaterThan(0)
    expect(told.second).toBeGreaterThan(0)
  }, 300_000)

  test('two policies of which an assertion needs one: one stays', async () => {
    const policies = `${calico}/namespaces/default/networkpolicies`
    const labelled = (name: string) => {
      const object = pod(name, 'default') as { metadata: object }
      return { ...object, metadata: { ...object.metadata, labels: { app: name } } }
    }
    const shut = (name: string, app: string, types: string[]) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: 'default' },
      spec: { selector: `app == '${app}'`, types },
    })
    const assertion = (n: number) => ({
      apiVersion: 'policy.margay.io/v1alpha1',
      kind: 'NetworkAssertion',
      metadata: { name: `a${n}` },
      spec: {
        require: 'never',
        from: { selector: `app == 'web-${n}'` },
        to: { selector: `app == 'db-${n}'` },
        mode: 'Enforce',
      },
    })
    const made = async (path: string, object: object) => {
      const { status, text } = await one.post(path, object)
      if (status !== 201) throw new Error(text)
    }
    // Those of other races shut everything.
    await one.delete(`${calico}/globalnetworkpolicies`)
    const { illegal, told } = await race({
      rounds: 40,
      setUp: async (n) => {
        for (const name of [`web-${n}`, `db-${n}`])
          await made('/api/v1/namespaces/default/pods', labelled(name))
        await made(policies, shut(`out-${n}`, `web-${n}`, ['Egress']))
        await made(policies, shut(`in-${n}`, `db-${n}`, ['Ingress']))
        await made('/apis/policy.margay.io/v1alpha1/networkassertions', assertion(n))
      },
      first: (n) => one.delete(`${policies}/out-${n}`),
      second: (n) => other.delete(`${policies}/in-${n}`),
      isLegal: async (n) => (await isThere(`${policies}/out-${n}`)) || (await isThere(`${policies}/in-${n}`)),
    })
    expect(illegal).toEqual([])
    expect(told).toMatchObject({ both: 0, none: 0 })
  }, 300_000)

  test('a pod and the end of its namespace: nothing is ever left in a namespace that is gone', async () => {
    const namespace = (n: number) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${n}` } })
    const pod = (n: number) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: `n${n}` },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    })
    longestPauseMs = 60
    const { illegal, told } = await race({
      setUp: async (n) => {
        expect((await other.post('/api/v1/namespaces', namespace(n))).status).toBe(201)
      },
      first: (n) => one.post(`/api/v1/namespaces/n${n}/pods`, pod(n)),
      second: (n) => other.delete(`/api/v1/namespaces/n${n}`),
      isLegal: async (n) =>
        !(await isThere(`/api/v1/namespaces/n${n}`)) && !(await isThere(`/api/v1/namespaces/n${n}/pods/p`)),
    })
    expect(illegal).toEqual([])
    expect(told).toMatchObject({ first: 0, none: 0 })
    expect(told.both).toBeGreaterThan(0)
    expect(told.second).toBeGreaterThan(0)
  }, 300_000)

  test('two pools that overlap: only one is ever there', async () => {
    const pool = (name: string, cidr: string) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'IPPool',
      metadata: { name },
      spec: { cidr },
    })
    const net = (n: number): string => `10.${n >> 8}.${n & 255}.0`
    const { illegal, told } = await race({
      first: (n) => one.post(`${calico}/ippools`, pool(`a${n}`, `${net(n)}/24`)),
      second: (n) => other.post(`${calico}/ippools`, pool(`b${n}`, `${net(n)}/26`)),
      isLegal: async (n) =>
        !((await isThere(`${calico}/ippools/a${n}`)) && (await isThere(`${calico}/ippools/b${n}`))),
    })
    expect(illegal).toEqual([])
    expect(told).toMatchObject({ both: 0, none: 0 })
    expect(told.first).toBeGreaterThan(0)
    expect(told.second).toBeGreaterThan(0)
  }, 300_000)

  test('two that end one namespace, and two that remove the last of its content, are both told yes, and it is gone', async () => {
    const name = (n: number): string => `/api/v1/namespaces/e${n}`
    const namespace = (n: number) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `e${n}` } })
    const held = (n: number, set: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: set, namespace: `e${n}`, finalizers: ['example.com/held'] },
    })
    const release = (server: TestServer, n: number, set: string): Promise<Answer> =>
      server.patch(`${name(n)}/configmaps/${set}`, 'merge', { metadata: { finalizers: [] } })
    const { illegal, told } = await race({
      rounds: 60,
      setUp: async (n) => {
        await one.post('/api/v1/namespaces', namespace(n))
        for (const set of ['a', 'b']) await one.post(`${name(n)}/configmaps`, held(n, set))
        const ends = await Promise.all([one.delete(name(n)), other.delete(name(n))])
        expect(ends.map(({ status }) => status)).toEqual([200, 200])
      },
      first: (n) => release(one, n, 'a'),
      second: (n) => release(other, n, 'b'),
      isLegal: async (n) => !(await isThere(name(n))),
    })
    expect(told).toMatchObject({ both: 60 })
    expect(illegal).toEqual([])
  }, 300_000)

  test('two servers change one object by patches that do not touch each other: none is lost, and nobody is refused', async () => {
    await one.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'labels' },
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? one : other).patch('/api/v1/namespaces/labels', 'merge', {
          metadata: { labels: { [`l${n}`]: 'x' } },
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const { json } = await one.get('/api/v1/namespaces/labels')
    expect(Object.keys(json.metadata.labels).filter((label) => label.startsWith('l'))).toHaveLength(20)
  }, 120_000)

  describe('a right that is taken away by one server', () => {
    const handOn = (name: string): Promise<Answer> =>
      one.call('POST', `${rbac}/clusterrolebindings`, {
        body: clusterBinding(name, 'reads', user('v')),
        headers: { 'impersonate-user': 'u' },
      })
    const give = (n: number): Promise<Answer> =>
      other.post(`${rbac}/clusterrolebindings`, clusterBinding(`u-reads${n}`, 'reads', user('u')))
    const takeAway = (n: number): Promise<Answer> => other.delete(`${rbac}/clusterrolebindings/u-reads${n}`)

    beforeAll(async () => {
      const binds = [rule('create', 'rbac.authorization.k8s.io', 'clusterrolebindings')]
      await one.post(`${rbac}/clusterroles`, clusterRole('reads', [rule('get', '', 'secrets')]))
      await one.post(`${rbac}/clusterroles`, clusterRole('binds', binds))
      await one.post(`${rbac}/clusterrolebindings`, clusterBinding('u-binds', 'binds', user('u')))
    })

    test('can not be handed on by the other from the answer on, and before it can', async () => {
      const statuses = new Set<string>()
      for (let n = 0; n < 100; n++) {
        await give(n)
        const before = await handOn(`before${n}`)
        await takeAway(n)
        statuses.add(`${before.status} ${(await handOn(`after${n}`)).status}`)
      }
      expect([...statuses]).toEqual(['201 403'])
    }, 120_000)

    test('is not handed on either by who was told yes and has not stored it yet', async () => {
      longestPauseMs = 20
      let [early, late] = [0, 0]
      for (let n = 100; n < 160; n++) {
        await give(n)
        const handing = handOn(`during${n}`)
        await sleep(5)
        await takeAway(n)
        const takenAt = await other.store.currentRevision()
        const { status, json } = await handing
        if (status !== 201) late++
        else if (BigInt(json.metadata.resourceVersion) <= takenAt) early++
        else throw new Error(`handed on at ${json.metadata.resourceVersion}, after ${takenAt}`)
      }
      expect(early).toBeGreaterThan(0)
      expect(late).toBeGreaterThan(0)
    }, 120_000)
  })

  test('who writes roles does not wait for what others write to the same etcd', async () => {
    const stranger = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/somebody-else' })
    const abort = new AbortController()
    const writing = writeUntil(abort.signal, stranger)
    // Where something else has the processor for so long, it is tried again: who waits, waits each time.
    let tookMs = Number.POSITIVE_INFINITY
    for (let attempt = 0; attempt < 3 && tookMs >= 2000; attempt++) {
      const startedAt = performance.now()
      for (let n = 0; n < 10; n++) {
        const role = clusterRole(`quick${attempt}-${n}`, [])
        expect((await one.post(`${rbac}/clusterroles`, role)).status).toBe(201)
      }
      tookMs = performance.now() - startedAt
    }
    abort.abort()
    await writing
    await stranger.close()
    expect(tookMs).toBeLessThan(2000)
  }, 120_000)
})

/** Of the second before the first; the steps of two writes meet in every order. */
function headStartMs(round: number): number {
  return ((round % 15) - 7) * 1.5
}

async function later<T>(ms: number, body: () => Promise<T>): Promise<T> {
  if (ms > 0) await sleep(ms)
  return body()
}

async function writeUntil(signal: AbortSignal, store: Store): Promise<void> {
  const value = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }
  for (let n = 0; !signal.aborted; n++) await store.create(`/g/k/${n}`, value)
}
