/** What the reporter writes and when, by a clock that the test moves. */
import { ApiError } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { StatusReporter, type StatusReporterOptions } from './status-reporter.ts'

interface Write {
  readonly verb: string
  readonly kind: string
  /** Seconds since the start. */
  readonly at: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the reporter sent, compared with what is expected
  readonly body: any
}

let clock: FakeClock
let startMs: number
let writes: Write[]
let lines: string[]
let nodes: Map<string, ResourceObject>
let hasLease: boolean
let failure: Error | undefined
let revision: string | undefined

beforeEach(() => {
  clock = new FakeClock()
  startMs = clock.now().getTime()
  writes = []
  lines = []
  nodes = new Map([['n1', node('n1')]])
  hasLease = true
  failure = undefined
  revision = '42'
})

const node = (name: string, conditions: object[] = []): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: `uid-${name}` },
  status: { conditions },
})

function record(verb: string, { kind }: KindDefinition, body: unknown): void {
  writes.push({ verb, kind, at: (clock.now().getTime() - startMs) / 1000, body })
  if (failure !== undefined) throw failure
}

/** An API whose only node is told back to the reporter, as an informer would. */
const client = {
  patch: async (kind: KindDefinition, _ref: object, body: unknown, options: object = {}) => {
    record('patch', kind, body)
    if (kind.kind === 'Lease' && !hasLease) throw new ApiError(404, 'NotFound', 'not found')
    if (kind.kind === 'Node') {
      expect(options).toEqual({ type: 'strategic', subresource: 'status' })
      const { conditions } = (body as { status: { conditions: object[] } }).status
      nodes.set('n1', node('n1', conditions))
    }
    return node('n1')
  },
  create: async (kind: KindDefinition, body: ResourceObject) => {
    record('create', kind, body)
    hasLease = true
    return body
  },
}

function reporterOf(random = 0, more: Partial<StatusReporterOptions> = {}): StatusReporter {
  return new StatusReporter({
    ...more,
    nodeName: 'n1',
    client,
    clock,
    random: () => random,
    log: (line) => lines.push(line),
    nodes: () => nodes,
    revision: () => revision,
  })
}

const conditions = () =>
  writes
    .filter(({ kind }) => kind === 'Node')
    .map(({ at, body }) => [at, body.status.conditions[0].status, body.status.conditions[0].reason])
const beats = () => writes.filter(({ kind }) => kind === 'Lease')

test('says nothing before the agent has enforced anything, or failed to', async () => {
  reporterOf()
  await clock.advance(600_000)
  expect(writes).toEqual([])
})

test('writes the condition once, and then only renews the lease', async () => {
  const reporter = reporterOf()
  reporter.enforced([])
  await clock.advance(3_600_000)
  expect(conditions()).toEqual([[0, 'True', 'PolicyEnforced']])
  expect(writes.find(({ kind }) => kind === 'Node')?.body).toEqual({
    status: {
      conditions: [
        {
          type: 'MargayPolicyEnforced',
          status: 'True',
          reason: 'PolicyEnforced',
          message: 'the kernel enforces policy',
          lastHeartbeatTime: '2026-01-02T03:04:05Z',
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ],
    },
  })
  expect(beats()[0]?.body).toEqual({
    metadata: { annotations: { 'margay.io/enforced-revision': '42', 'margay.io/policy-problems': null } },
    spec: { holderIdentity: 'n1', leaseDurationSeconds: 60, renewTime: '2026-01-02T03:04:05.000000Z' },
  })
})

test('renews no more often than each 18 s, and well within the duration of the lease', async () => {
  for (const random of [0, 0.999]) {
    writes = []
    const reporter = reporterOf(random)
    reporter.enforced([])
    await clock.advance(600_000)
    const times = beats().map(({ at }) => at)
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(22)
    reporter.stop()
  }
})

test('many changes of policy are no write of the node; the revision goes with the lease', async () => {
  const reporter = reporterOf()
  for (let n = 0; n < 100; n++) {
    revision = String(n)
    reporter.enforced([])
    await clock.advance(1000)
  }
  expect(conditions()).toHaveLength(1)
  expect(beats().at(-1)?.body.metadata.annotations['margay.io/enforced-revision']).toBe('89')
})

test('a lease that is not there is made, and goes with its node', async () => {
  hasLease = false
  reporterOf().enforced(['np:shop/web: not understood'])
  await clock.advance(0)
  expect(beats()[1]).toMatchObject({
    verb: 'create',
    body: {
      metadata: {
        name: 'n1',
        namespace: 'margay-system',
        annotations: { 'margay.io/policy-problems': 'np:shop/web: not understood' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-n1' }],
      },
      spec: { holderIdentity: 'n1', acquireTime: '2026-01-02T03:04:05.000000Z' },
    },
  })
})

describe('a failure', () => {
  test('of less than 10 s is not told', async () => {
    const reporter = reporterOf()
    reporter.enforced([])
    await clock.advance(60_000)
    for (let n = 0; n < 9; n++) {
      reporter.failed('nft: busy')
      await clock.advance(1000)
    }
    reporter.enforced([])
    await clock.advance(60_000)
    expect(conditions()).toHaveLength(1)
  })

  test('that lasts is told once, with what it was, and so is its end', async () => {
    const reporter = reporterOf()
    reporter.enforced([])
    await clock.advance(60_000)
    for (let n = 0; n < 60; n++) {
      reporter.failed(`nft: busy ${n}`)
      await clock.advance(1000)
    }
    reporter.enforced([])
    await clock.advance(60_000)
    expect(conditions()).toEqual([
      [0, 'True', 'PolicyEnforced'],
      [70, 'False', 'EnforcementFailed'],
      [120, 'True', 'PolicyEnforced'],
    ])
    const failed = writes.filter(({ kind }) => kind === 'Node')[1]?.body.status.conditions[0]
    expect(failed).toMatchObject({ message: 'nft: busy 0', lastTransitionTime: '2026-01-02T03:05:15Z' })
  })

  test('that comes and goes for ever is at most one write each 10 s', async () => {
    const reporter = reporterOf()
    for (let n = 0; n < 100; n++) {
      if (n % 2 === 0) reporter.enforced([])
      else reporter.failed('nft: busy')
      await clock.advance(11_000)
    }
    const times = conditions().map(([at]) => Number(at))
    expect(times.length).toBeGreaterThan(2)
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(10)
  })
})

test('a fleet of 5,000 spreads its writes over 5 minutes, a small one writes at once', async () => {
  for (let n = 2; n <= 5000; n++) nodes.set(`n${n}`, node(`n${n}`))
  reporterOf(0.5).enforced([])
  await clock.advance(600_000)
  expect(conditions()).toEqual([[150, 'True', 'PolicyEnforced']])
  expect(beats()[0]?.at).toBe(10)
})

test('what the server wrote over it while it was silent is put right with the next heartbeat', async () => {
  const reporter = reporterOf()
  reporter.enforced([])
  await clock.advance(60_000)
  const unknown = { type: 'MargayPolicyEnforced', status: 'Unknown', reason: 'AgentSilent' }
  nodes.set('n1', node('n1', [unknown]))
  await clock.advance(20_000)
  expect(conditions().at(-1)).toEqual([expect.any(Number), 'True', 'PolicyEnforced'])
  expect(conditions()).toHaveLength(2)
})

test('a node that the API does not have is told of once, and written when it is there', async () => {
  nodes.delete('n1')
  const reporter = reporterOf()
  reporter.enforced([])
  await clock.advance(120_000)
  expect(lines).toEqual(['the API has no node n1: its status is told to nobody'])
  expect(beats().length).toBeGreaterThan(3)
  nodes.set('n1', node('n1'))
  await clock.advance(20_000)
  expect(conditions()).toHaveLength(1)
})

test('what fails is logged once, and tried again', async () => {
  failure = new Error('no answer')
  const reporter = reporterOf()
  reporter.enforced([])
  await clock.advance(120_000)
  expect(lines).toEqual(['status of this node: no answer', 'lease of this node: no answer'])
  expect(beats().length).toBeGreaterThan(4)
  failure = undefined
  await clock.advance(20_000)
  expect(nodes.get('n1')?.status).toMatchObject({ conditions: [{ status: 'True' }] })
})

test('a message of any length is cut', async () => {
  const reporter = reporterOf()
  reporter.failed('x'.repeat(100_000))
  await clock.advance(20_000)
  expect(writes.find(({ kind }) => kind === 'Node')?.body.status.conditions[0].message).toHaveLength(1024)
})

test('after its stop it writes nothing', async () => {
  const reporter = reporterOf()
  reporter.enforced([])
  reporter.stop()
  reporter.failed('late')
  await clock.advance(600_000)
  expect(writes).toEqual([])
})

describe('what others report', () => {
  const annotationsOf = (index: number) => beats().at(index)?.body.metadata.annotations

  test('goes with each heartbeat, and what there is no more is taken away', async () => {
    let text: string | undefined = 'one'
    reporterOf(0, { reports: async () => ({ 'margay.io/encryption': text }) }).enforced([])
    await clock.advance(0)
    expect(annotationsOf(-1)).toMatchObject({
      'margay.io/encryption': 'one',
      'margay.io/enforced-revision': '42',
    })
    text = undefined
    await clock.advance(20_000)
    expect(annotationsOf(-1)).toMatchObject({ 'margay.io/encryption': null })
  })

  test('stays as it was where it can’t be had or takes too long, is told once, and the lease is renewed', async () => {
    const answers = [() => Promise.reject(new Error('no device')), () => new Promise<never>(() => undefined)]
    let n = 0
    reporterOf(0, { reports: () => (answers[n] ?? (async () => ({})))() }).enforced([])
    await clock.advance(40_000)
    n = 1
    await clock.advance(40_000)
    expect(beats().length).toBeGreaterThanOrEqual(4)
    expect(annotationsOf(-1)).not.toHaveProperty('margay.io/encryption')
    expect(lines).toEqual([
      'reports of this node: no device',
      'reports of this node: nothing is known after 2 s',
    ])
  })
})

describe('in a hurry', () => {
  test('the lease is renewed at once, but no two times within 5 s', async () => {
    const reporter = reporterOf()
    reporter.enforced([])
    await clock.advance(8000)
    for (let n = 0; n < 7000; n += 100) {
      reporter.hurry()
      await clock.advance(100)
    }
    expect(beats().map(({ at }) => at)).toEqual([0, 8, 13])
    // From then on as usual.
    await clock.advance(25_000)
    expect(beats().map(({ at }) => at)).toEqual([0, 8, 13, 18, 36])
  })

  test('it is not put off where the next heartbeat comes sooner', async () => {
    const reporter = reporterOf(0.999)
    for (let n = 2; n <= 5000; n++) nodes.set(`n${n}`, node(`n${n}`))
    reporter.enforced([])
    await clock.advance(20_000)
    await clock.advance(10_000)
    reporter.hurry()
    await clock.advance(12_500)
    expect(beats().map(({ at }) => Math.round(at))).toEqual([20, 42])
  })

  test('that comes while the lease is renewed is not lost', async () => {
    let told: () => void = () => undefined
    const reporter = reporterOf(0, {
      reports: async () => {
        told()
        return {}
      },
    })
    reporter.enforced([])
    await clock.advance(0)
    told = () => reporter.hurry()
    await clock.advance(18_000)
    told = () => undefined
    await clock.advance(6000)
    expect(beats().map(({ at }) => at)).toEqual([0, 18, 23])
  })

  test('before anything was enforced, and after the stop, nothing is written', async () => {
    const reporter = reporterOf()
    reporter.hurry()
    await clock.advance(60_000)
    reporter.enforced([])
    reporter.stop()
    reporter.hurry()
    await clock.advance(60_000)
    expect(writes).toEqual([])
  })
})
