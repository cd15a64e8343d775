import { createConnection } from 'node:net'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeAnswer } from '../../codec/encode-answer.ts'
import { recordedCheck } from '../../codec/recorded-checks.testkit.ts'
import { WireWriter } from '../../codec/wire-writer.ts'
import {
  allow,
  denial,
  deny,
  FakeChecker,
  GrpcCaller,
  recordedEvents,
  temporaryDirectory,
} from '../transport.testkit.ts'
import { authServiceNames } from './auth-services.ts'
import { startGrpcServer } from './grpc-server.ts'

const request = recordedCheck('sidecar-mtls')

async function started() {
  const checker = new FakeChecker()
  const { events, told } = recordedEvents()
  const path = join(temporaryDirectory(), 's')
  const server = await startGrpcServer(
    { checker, denial, events },
    { address: { kind: 'Unix', path } },
    events,
  )
  onTestFinished(() => server.drain(0))
  return { checker, told, server, path, caller: new GrpcCaller(`unix:${path}`) }
}

describe('checks', () => {
  test.each(authServiceNames)('%s', async (service) => {
    const { checker, caller } = await started()
    expect(await caller.check(request, service)).toEqual(encodeAnswer(allow))
    checker.answer = deny
    expect(await caller.check(request, service)).toEqual(encodeAnswer(deny))
    expect(checker.asked[0]?.http?.path).toBe('/v1/charges?amount=12')
  })

  test('before policy is known: UNAVAILABLE, so that the proxy decides', async () => {
    const { checker, caller } = await started()
    checker.isReady = false
    expect(await caller.check(request)).toBe(status.UNAVAILABLE)
    checker.isReady = true
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
  })

  test('bytes that are no message: INVALID_ARGUMENT, and the next call is answered', async () => {
    const { caller, checker } = await started()
    expect(await caller.check(Buffer.from('no message'))).toBe(status.INVALID_ARGUMENT)
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
    expect(checker.asked).toHaveLength(1)
  })

  test('beyond the limits: denied, since a client may have brought it about', async () => {
    const { caller, checker, told } = await started()
    const body = new WireWriter().message(1, (it) =>
      it.message(4, () => it.message(2, () => it.text(11, 'x'.repeat(300_000)))),
    )
    expect(await caller.check(Buffer.from(body.finish()))).toEqual(encodeAnswer(denial))
    expect(checker.asked).toEqual([])
    expect(told).toEqual(['refused MessageTooLarge'])
  })

  test('a mistake of ours: denied, told', async () => {
    const { caller, checker, told } = await started()
    checker.answer = new TypeError('ours')
    expect(await caller.check(request)).toEqual(encodeAnswer(denial))
    expect(told).toEqual(['failed TypeError: ours'])
  })

  test('a message too large to be received ends only its call', async () => {
    const { caller } = await started()
    expect(await caller.check(Buffer.alloc(5_000_000))).toBe(status.RESOURCE_EXHAUSTED)
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
  })

  test('what is no HTTP/2 ends only its connection', async () => {
    const { caller, path } = await started()
    const stranger = createConnection(path).on('error', () => undefined)
    stranger.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await new Promise((resolve) => stranger.once('close', resolve).resume())
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
  })
})

describe('health', () => {
  const serving = Buffer.from([0x08, 1])
  const notServing = Buffer.from([0x08, 2])
  const unknown = Buffer.from([0x08, 3])
  const asked = (service: string) => Buffer.from(new WireWriter().text(1, service).finish())
  const health = '/grpc.health.v1.Health/Check'

  test.each(['', ...authServiceNames])("serving for '%s' while policy is known", async (service) => {
    const { caller, checker } = await started()
    expect(await caller.call(health, asked(service))).toEqual(serving)
    checker.isReady = false
    expect(await caller.call(health, asked(service))).toEqual(notServing)
  })

  test('of a service that there is not: NOT_FOUND; of bytes that are no message: INVALID_ARGUMENT', async () => {
    const { caller } = await started()
    expect(await caller.call(health, asked('some.Service'))).toBe(status.NOT_FOUND)
    expect(await caller.call(health, Buffer.from([0x0a]))).toBe(status.INVALID_ARGUMENT)
  })

  test('a watcher learns of each change, and of the end', async () => {
    const { caller, checker, server } = await started()
    checker.isReady = false
    const told: Buffer[] = []
    const watch = caller.watch(asked('')).on('data', (bytes: Buffer) => told.push(bytes))
    const strange: Buffer[] = []
    const strangeWatch = caller
      .watch(asked('some.Service'))
      .on('data', (bytes: Buffer) => strange.push(bytes))
    await expect.poll(() => told).toEqual([notServing])
    checker.isReady = true
    await expect.poll(() => told).toEqual([notServing, serving])
    const ended = [watch, strangeWatch].map((each) => new Promise((resolve) => each.once('end', resolve)))
    await server.drain(5000)
    await Promise.all(ended)
    expect([told, strange]).toEqual([[notServing, serving, notServing], [unknown]])
  })
})

describe('drain', () => {
  test('takes no connection any more, and does not wait for idle ones', async () => {
    const { caller, server, path } = await started()
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
    const before = performance.now()
    await Promise.all([server.drain(10_000), server.drain(10_000)])
    expect(performance.now() - before).toBeLessThan(5000)
    expect(await caller.check(request)).toBe(status.UNAVAILABLE)
    expect(await new GrpcCaller(`unix:${path}`).check(request)).toBe(status.UNAVAILABLE)
  })

  test('a call that never ends is cut off when the time is over', async () => {
    const { caller, server } = await started()
    const asIs = (bytes: Buffer) => bytes
    const failed = new Promise<number>((resolve) => {
      const path = `/${authServiceNames[0]}/Check`
      caller.client.makeClientStreamRequest(path, asIs, asIs, (error) => resolve(error?.code ?? 0))
    })
    expect(await caller.check(request)).toEqual(encodeAnswer(allow))
    await server.drain(100)
    expect([status.UNAVAILABLE, status.CANCELLED]).toContain(await failed)
  })
})
