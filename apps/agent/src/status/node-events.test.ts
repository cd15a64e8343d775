/** Which events are written and when, by a clock that the test moves. */
import { ApiError } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { type EventReason, NodeEvents } from './node-events.ts'

interface Write {
  readonly verb: string
  /** Seconds since the start. */
  readonly at: number
  readonly body: unknown
}

let clock: FakeClock
let startMs: number
let stored: Map<string, ResourceObject>
let writes: Write[]
let lines: string[]
let failure: Error | undefined
let nodes: Map<string, unknown>

beforeEach(() => {
  clock = new FakeClock()
  startMs = clock.now().getTime()
  stored = new Map()
  writes = []
  lines = []
  failure = undefined
  nodes = new Map([['n1', {}]])
})

function record(verb: string, body: unknown): void {
  writes.push({ verb, at: (clock.now().getTime() - startMs) / 1000, body })
  if (failure !== undefined) throw failure
}

const client = {
  get: async ({ kind }: KindDefinition, ref: { namespace?: string; name: string }) => {
    const event = stored.get(`${kind} ${ref.namespace}/${ref.name}`)
    if (event === undefined) throw new ApiError(404, 'NotFound', 'not found')
    return event
  },
  create: async ({ kind }: KindDefinition, body: ResourceObject) => {
    record('create', body)
    stored.set(`${kind} ${body.metadata.namespace}/${body.metadata.name}`, body)
    return body
  },
  patch: async ({ kind }: KindDefinition, ref: { namespace?: string; name: string }, body: unknown) => {
    record('patch', body)
    const key = `${kind} ${ref.namespace}/${ref.name}`
    const patched = { ...stored.get(key), ...(body as object) } as ResourceObject
    stored.set(key, patched)
    return patched
  },
}

function eventsOf(random = 0): NodeEvents {
  const log = (line: string) => lines.push(line)
  return new NodeEvents({
    nodeName: 'n1',
    client,
    clock,
    random: () => random,
    log,
    nodes: () => nodes,
  })
}

const tired: EventReason = { reason: 'Tired', type: 'Warning', message: (of) => `tired: ${of.join(', ')}` }
const awake: EventReason = { reason: 'Awake', type: 'Normal', message: (of) => `awake: ${of.join(', ')}` }

const told = () => writes.map(({ at, body }) => [at, (body as { message: string }).message])

test('the first is an event about the node, as kubectl describe looks for it', async () => {
  eventsOf().tell(tired, ['a'])
  await clock.advance(0)
  expect(writes).toEqual([
    {
      verb: 'create',
      at: 0,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace: 'default', name: 'n1.tired' },
        involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n1' },
        reason: 'Tired',
        type: 'Warning',
        message: 'tired: a',
        count: 1,
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:05Z',
        source: { component: 'margay-agent', host: 'n1' },
        reportingComponent: 'margay-agent',
        reportingInstance: 'n1',
      },
    },
  ])
})

test('the next ones count it up, also those of an agent that was started again', async () => {
  eventsOf().tell(tired, ['a'])
  await clock.advance(60_000)
  eventsOf().tell(tired, ['b'])
  await clock.advance(60_000)
  eventsOf().tell(tired, ['c'])
  await clock.advance(0)
  expect(writes.slice(1)).toEqual([
    {
      verb: 'patch',
      at: 60,
      body: { message: 'tired: b', count: 2, lastTimestamp: '2026-01-02T03:05:05Z' },
    },
    {
      verb: 'patch',
      at: 120,
      body: { message: 'tired: c', count: 3, lastTimestamp: '2026-01-02T03:06:05Z' },
    },
  ])
})

test('of each reason one is written a minute, and what happens meanwhile is told together, once each', async () => {
  const events = eventsOf()
  events.tell(tired, ['a'])
  await clock.advance(10_000)
  for (const each of ['b', 'c', 'b']) events.tell(tired, [each])
  events.tell(awake, ['x'])
  await clock.advance(300_000)
  events.tell(tired, ['d'])
  await clock.advance(0)
  expect(told()).toEqual([
    [0, 'tired: a'],
    [10, 'awake: x'],
    [60, 'tired: b, c'],
    [310, 'tired: d'],
  ])
})

test('many nodes spread what they tell over 20 s, some hundred over less', async () => {
  nodes = new Map(Array.from({ length: 5000 }, (_, n) => [`n${n}`, {}]))
  eventsOf(0.5).tell(tired, ['a'])
  nodes = new Map(Array.from({ length: 500 }, (_, n) => [`n${n}`, {}]))
  eventsOf(0.5).tell(awake, ['x'])
  await clock.advance(60_000)
  expect(told()).toEqual([
    [1, 'awake: x'],
    [10, 'tired: a'],
  ])
})

test('a message of any length is cut', async () => {
  eventsOf().tell(tired, ['x'.repeat(100_000)])
  await clock.advance(0)
  const message = String(told()[0]?.[1])
  expect([message.length, message.at(-1)]).toEqual([1024, '…'])
})

describe('what can’t be written', () => {
  test('is logged once and tried again each minute, with what came meanwhile', async () => {
    failure = new Error('no answer')
    const events = eventsOf()
    events.tell(tired, ['a'])
    await clock.advance(150_000)
    events.tell(tired, ['b'])
    failure = undefined
    await clock.advance(300_000)
    expect(lines).toEqual(['events of this node: no answer'])
    expect(told()).toEqual([
      [0, 'tired: a'],
      [60, 'tired: a'],
      [120, 'tired: a'],
      [180, 'tired: a, b'],
    ])
  })

  test('is given up after twelve times', async () => {
    failure = new Error('no answer')
    eventsOf().tell(tired, ['a'])
    await clock.advance(3_600_000)
    expect([writes.length, lines.length]).toEqual([12, 1])
  })

  test('is logged again when it is something else, or after it went well', async () => {
    const events = eventsOf()
    for (const message of ['no answer', 'refused']) {
      failure = new Error(message)
      events.tell(tired, ['a'])
      await clock.advance(60_000)
    }
    failure = undefined
    await clock.advance(60_000)
    failure = new Error('refused')
    events.tell(tired, ['a'])
    await clock.advance(60_000)
    expect(lines).toEqual(['no answer', 'refused', 'refused'].map((it) => `events of this node: ${it}`))
  })
})

test('after its stop it writes nothing, whatever it is told', async () => {
  const events = eventsOf()
  events.tell(tired, ['a'])
  events.stop()
  events.tell(tired, ['b'])
  events.tell(awake, ['x'])
  await clock.advance(300_000)
  expect(writes).toEqual([])
})
