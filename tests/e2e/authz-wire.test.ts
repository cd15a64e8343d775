/**
 * The wire format of ext_authz and health, against a client that shares nothing with us: its messages are those that the gRPC
 * project publishes (authz-wire/requirements.txt), and the server is real, on a Unix socket.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../apps/authz/src/check/check.ts'
import { decodeCheck } from '../../apps/authz/src/codec/decode-check.ts'
import { recordedChecks } from '../../apps/authz/src/codec/recorded-checks.testkit.ts'
import { startTransport, type Transport } from '../../apps/authz/src/transport/start-transport.ts'
import {
  allow,
  denial,
  deny,
  FakeChecker,
  recordedEvents,
} from '../../apps/authz/src/transport/transport.testkit.ts'
import { ForeignClient } from './authz-wire/foreign-client.ts'

interface Bed {
  readonly checker: FakeChecker
  readonly transport: Transport
  readonly client: ForeignClient
  end(): Promise<void>
}

/** A server and a client of it, which takes its time to start. */
async function startBed(): Promise<Bed> {
  const directory = mkdtempSync(join(tmpdir(), 'margay-authz-wire-'))
  const checker = new FakeChecker()
  const grpc = { address: { kind: 'Unix', path: join(directory, 's') } } as const
  const transport = await startTransport({ checker, denial, grpc, events: recordedEvents().events })
  const client = new ForeignClient(`unix:${grpc.address.path}`)
  const end = async () => {
    client.end()
    await transport.drain(0)
    rmSync(directory, { recursive: true, force: true })
  }
  return { checker, transport, client, end }
}

let shared: Bed
let checker: FakeChecker
let client: ForeignClient

beforeAll(async () => {
  shared = await startBed()
  ;({ checker, client } = shared)
})
beforeEach(() => checker.reset())
afterAll(() => shared?.end())

const check = (name: string, version = 'v3') => client.ask('check', { name, version })
const status = async (service = '') => (await client.ask('status', { service })).result ?? 'no answer'

describe('checks', () => {
  test.each(recordedChecks)('$name arrives as what it was when it was recorded', async ({ name, bytes }) => {
    expect(await check(name)).toEqual({ result: { status: {}, okResponse: {} } })
    expect(checker.asked).toEqual([decodeCheck(bytes)])
  })

  test('an answer that allows, with headers and metadata', async () => {
    checker.answer = {
      ...allow,
      headers: [['x-margay-policy', 'shop/p']],
      metadata: { decision: 'Allow', rule: 2 },
    }
    expect(await check('sidecar-mtls')).toEqual({
      result: {
        status: {},
        okResponse: {
          headers: [
            {
              header: { key: 'x-margay-policy', value: 'shop/p' },
              appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD',
            },
          ],
        },
        dynamicMetadata: { decision: 'Allow', rule: 2 },
      },
    })
  })

  test('an answer that denies, with status, headers and a body longer than a byte can count', async () => {
    const body = `{"policy":"${'p'.repeat(500)}"}\n`
    const answer: Answer = { ...deny, httpStatus: 429, body, headers: [['a', 'ü']], metadata: { reason: '' } }
    checker.answer = answer
    expect(await check('sidecar-mtls')).toEqual({
      result: {
        status: { code: 7 },
        deniedResponse: {
          status: { code: 'TooManyRequests' },
          headers: [{ header: { key: 'a', value: 'ü' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' }],
          body,
        },
        dynamicMetadata: { reason: '' },
      },
    })
  })

  test.each(['v2', 'v2alpha'])('%s, for proxies of old', async (version) => {
    checker.answer = { ...deny, headers: [['a', 'b']], metadata: { reason: 'x' } }
    expect(await check('sidecar-plain', version)).toEqual({
      result: {
        status: { code: 7 },
        deniedResponse: { status: { code: 'Forbidden' }, headers: [{ header: { key: 'a', value: 'b' } }] },
      },
    })
  })

  test('before policy is known: UNAVAILABLE', async () => {
    checker.isReady = false
    expect(await check('sidecar-mtls')).toEqual({ code: 'UNAVAILABLE' })
    checker.isReady = true
    expect(await check('sidecar-mtls')).toEqual({ result: { status: {}, okResponse: {} } })
  })

  test('bytes that are no message: INVALID_ARGUMENT', async () => {
    const data = Buffer.from('no message').toString('base64')
    expect(await client.ask('check', { data })).toEqual({ code: 'INVALID_ARGUMENT' })
  })
})

describe('health', () => {
  test('serving while policy is known', async () => {
    checker.isReady = false
    expect(await status()).toBe('NOT_SERVING')
    checker.isReady = true
    expect(await status()).toBe('SERVING')
    expect(await status('envoy.service.auth.v3.Authorization')).toBe('SERVING')
    expect(await client.ask('status', { service: 'other' })).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('drain', () => {
  let bed: Bed
  beforeEach(async () => {
    bed = await startBed()
  })
  afterEach(() => bed?.end())

  test('who watches learns of readiness, and of the end before it comes', async () => {
    bed.checker.isReady = false
    await bed.client.ask('watch')
    const watched = async () => (await bed.client.ask('watched')).result
    await expect.poll(watched).toEqual(['NOT_SERVING'])
    bed.checker.isReady = true
    await expect.poll(watched).toEqual(['NOT_SERVING', 'SERVING'])
    await bed.transport.drain()
    await expect.poll(watched).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING', 'END'])
  })

  test('under load what was begun is answered, and nothing else happens than UNAVAILABLE', async () => {
    await bed.client.ask('start_load', { concurrency: 16 })
    const codes = async () => (await bed.client.ask('load')).result as Record<string, number>
    await expect.poll(async () => (await codes()).OK ?? 0).toBeGreaterThan(500)
    const before = performance.now()
    await bed.transport.drain()
    expect(performance.now() - before).toBeLessThan(9000)
    const answered = bed.checker.asked.length
    await expect.poll(async () => (await codes()).UNAVAILABLE ?? 0).toBeGreaterThan(16)
    const ended = (await bed.client.ask('stop_load')).result as Record<string, number>
    expect(Object.keys(ended).sort()).toEqual(['OK', 'UNAVAILABLE'])
    expect(ended.OK).toBe(answered)
  })
})
