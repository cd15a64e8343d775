import { ApiError } from '@margay/client'
import type { ResourceObject } from '@margay/resources'
import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { KeyPublisher } from './key-publisher.ts'

const name = 'projectcalico.org/WireguardPublicKey'
const nameV6 = 'projectcalico.org/WireguardPublicKeyV6'

/** An API that has one node, and tells of it when asked to. */
class Api {
  readonly patches: unknown[] = []
  readonly lines: string[] = []
  readonly clock = new FakeClock()
  failure: Error | undefined
  revision = 10
  annotations: Record<string, string> | undefined = { other: 'stays' }
  told = new Map<string, ResourceObject>()
  readonly publisher = new KeyPublisher({
    nodeName: 'n1',
    client: { patch: (...args: unknown[]) => this.#patch(args) as never },
    clock: this.clock,
    nodes: () => this.told,
    log: (line) => this.lines.push(line),
  })

  async want(wanted: Record<string, string | undefined>): Promise<void> {
    this.publisher.want(wanted)
    await turn()
  }

  /** What it is like now, or was before. */
  async tell(node = this.node()): Promise<void> {
    this.told = new Map([['n1', node]])
    this.publisher.told()
    await turn()
  }

  node(): ResourceObject {
    const metadata = {
      name: 'n1',
      resourceVersion: String(this.revision),
      annotations: { ...this.annotations },
    }
    return { apiVersion: 'v1', kind: 'Node', metadata }
  }

  async #patch([, , body, options]: unknown[]): Promise<ResourceObject> {
    this.patches.push([body, options])
    if (this.failure !== undefined) throw this.failure
    const { annotations } = (body as { metadata: { annotations: Record<string, string | null> } }).metadata
    const all = Object.entries({ ...this.annotations, ...annotations }).filter(([, text]) => text !== null)
    this.annotations = Object.fromEntries(all) as Record<string, string>
    this.revision++
    return this.node()
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function apiWith(annotations: Record<string, string> = {}): Promise<Api> {
  const api = new Api()
  api.annotations = annotations
  await api.tell()
  return api
}

const written = (annotations: object) => [
  { metadata: { annotations } },
  { type: 'merge', subresource: 'status' },
]

test('a key is written to the status of the own node, once, and what else is there stays', async () => {
  const api = await apiWith({ other: 'stays' })
  await api.want({ [name]: 'k4', [nameV6]: undefined })
  await api.want({ [name]: 'k4', [nameV6]: undefined })
  await api.tell()
  expect(api.patches).toEqual([written({ [name]: 'k4' })])
  expect(api.annotations).toEqual({ other: 'stays', [name]: 'k4' })
})

test('only what differs is written, both keys in one request, and a key that should not be there is taken away', async () => {
  const api = await apiWith({ [name]: 'old', [nameV6]: 'old' })
  await api.want({ [name]: 'k4', [nameV6]: undefined })
  expect(api.patches).toEqual([written({ [name]: 'k4', [nameV6]: null })])
  await api.tell()
  await api.want({ [name]: 'k5', [nameV6]: undefined })
  expect(api.patches.slice(1)).toEqual([written({ [name]: 'k5' })])
})

test('before the API told of the node, and where it has none, nothing is written', async () => {
  const api = new Api()
  await api.want({ [name]: 'k4' })
  expect(api.patches).toEqual([])
  await api.tell()
  expect(api.patches).toHaveLength(1)
})

test('what somebody else writes there is mended', async () => {
  const api = await apiWith()
  await api.want({ [name]: 'k4' })
  await api.tell()
  api.annotations = { [name]: 'of somebody else' }
  api.revision++
  await api.tell()
  expect(api.annotations).toEqual({ [name]: 'k4' })
})

test('news from before the last write does not make it write again', async () => {
  const api = await apiWith()
  const before = api.node()
  await api.want({ [name]: 'k4' })
  await api.tell(before)
  expect(api.patches).toHaveLength(1)
})

test('an API that goes on from an older state, as after a restore, was never told the key again', async () => {
  const api = await apiWith()
  const before = api.node()
  await api.want({ [name]: 'k4' })
  await api.tell()
  api.annotations = {}
  await api.clock.advance(11_000)
  await api.tell(before)
  expect(api.annotations).toEqual({ [name]: 'k4' })
  expect(api.patches).toHaveLength(2)
})

test('what fails is told once and tried again until it is written', async () => {
  const api = await apiWith()
  api.failure = new Error('the server is away')
  await api.want({ [name]: 'k4' })
  expect(api.publisher.problem).toBe("the node's public key: the server is away")
  await api.clock.advance(3000)
  expect(api.lines).toEqual(["the node's public key: the server is away"])
  expect(api.patches.length).toBeGreaterThan(2)
  api.failure = undefined
  await api.clock.advance(1000)
  expect(api.annotations).toEqual({ [name]: 'k4' })
  expect(api.publisher.problem).toBeUndefined()
})

test('where the node went meanwhile, it waits until there is one', async () => {
  const api = await apiWith()
  api.failure = new ApiError(404, 'NotFound', 'not found')
  await api.want({ [name]: 'k4' })
  await api.clock.advance(60_000)
  expect(api.patches).toHaveLength(1)
  api.failure = undefined
  api.revision++
  await api.tell()
  expect(api.annotations).toEqual({ [name]: 'k4' })
})

test('another key that is wanted while one is written is written behind it', async () => {
  const api = await apiWith()
  api.publisher.want({ [name]: 'k4' })
  api.publisher.want({ [name]: 'k5' })
  await turn()
  await turn()
  expect(api.annotations).toEqual({ [name]: 'k5' })
})

test('stopped, it writes nothing more', async () => {
  const api = await apiWith()
  api.failure = new Error('the server is away')
  await api.want({ [name]: 'k4' })
  api.publisher.stop()
  await api.clock.advance(60_000)
  expect(api.patches).toHaveLength(1)
})
