/**
 * Checks that are almost checks, hostile ones, and bytes that are none, against codec, judge and sockets: nothing is thrown, nothing
 * hangs, no mistake is told of, and each has its answer.
 *
 * MARGAY_AUTHZ_REQUESTS=N   how many in all (3,000 otherwise); one in fifty of them over sockets.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordedCheck, recordedChecks } from '../../apps/authz/src/codec/recorded-checks.testkit.ts'
import { WireWriter } from '../../apps/authz/src/codec/wire-writer.ts'
import { judgeOf, type TestJudge } from '../../apps/authz/src/judge/judge.testkit.ts'
import { answerCall, type Judging } from '../../apps/authz/src/transport/grpc/check-call.ts'
import { formatListenAddress } from '../../apps/authz/src/transport/listen/listen-address.ts'
import { startTransport, type Transport } from '../../apps/authz/src/transport/start-transport.ts'
import { denial, GrpcCaller, recordedEvents } from '../../apps/authz/src/transport/transport.testkit.ts'
import { damaged, fuzzOptions } from './support/mutate.ts'
import { shop } from './support/shop.ts'

const numRuns = Number(process.env.MARGAY_AUTHZ_REQUESTS ?? 3000)
const timeout = Math.max(60_000, numRuns * 20)
const overSockets = { ...fuzzOptions, numRuns: Math.ceil(numRuns / 50) }

/** So long no check may take, though other programs use the machine. */
const slowMs = 2000

let judge: TestJudge
let judging: Judging
let transport: Transport
let directory: string
const { events, told } = recordedEvents()

beforeAll(async () => {
  judge = judgeOf(shop, { judges: 'Both' })
  judging = { checker: judge.judge, denial, events }
  directory = mkdtempSync(join(tmpdir(), 'margay-authz-fuzz-'))
  const at = (name: string) => ({ address: { kind: 'Unix', path: join(directory, name) } }) as const
  const http = { ...at('http'), pathPrefix: '', isForwardAuth: false }
  transport = await startTransport({ checker: judge.judge, denial, grpc: at('grpc'), http, events })
})
afterAll(async () => {
  await transport?.drain(0)
  rmSync(directory, { recursive: true, force: true })
})

type Write = (writer: WireWriter) => void
const check = (write: Write) => Buffer.from(new WireWriter().message(1, write).finish())
const http = (writer: WireWriter, write: Write) =>
  writer.message(4, () => writer.message(2, () => write(writer)))
const entry = (writer: WireWriter, field: number, [key, value]: readonly [string, string]) =>
  writer.message(field, () => writer.text(1, key).text(2, value))

const crookedParts = [
  '/',
  '.',
  '..',
  '%',
  '%2e',
  '%2F',
  '%25',
  '%00',
  '\\',
  ';',
  '?',
  '#',
  'é',
  '%c3',
  'a',
  ' ',
  ',',
]
const plausible = [
  'spiffe://cluster.local/ns/shop/sa/checkout',
  'spiffe://cluster.local/ns/shop/sa/checkout/',
  'spiffe://evil/ns/shop/sa/checkout',
  'spiffe://cluster.local/ns//sa/',
  '10.65.1.7',
  '10.65.2.9',
  '::ffff:10.65.1.7',
  'fe80::1%eth0',
  'payments.shop.svc.cluster.local.',
  'service/shop/payments',
  'shop/payments',
  'GET',
  '/public/a',
]

/** What bends the rules of paths, names, addresses and identities. */
const crooked = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 20 },
  {
    arbitrary: fc.array(fc.constantFrom(...crookedParts), { maxLength: 12 }).map((parts) => parts.join('')),
    weight: 20,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom('/', '%', '/..', '%25', ';', '\\', 'é', '\0', ','), fc.nat(12_000))
      .map(([part, count]) => part.repeat(count)),
    weight: 1,
  },
  { arbitrary: fc.constantFrom(...plausible), weight: 40 },
)
const pair = fc.tuple(crooked, crooked)

const hostile: fc.Arbitrary<Buffer> = fc
  .record({
    ends: fc.tuple(crooked, crooked, crooked, crooked),
    ports: fc.tuple(fc.nat(70_000), fc.constantFrom(8080, 80, 65_536)),
    request: fc.tuple(crooked, crooked, crooked),
    headers: fc.array(pair, { maxLength: 5 }),
    copies: fc.oneof({ arbitrary: fc.constant(1), weight: 50 }, fc.constantFrom(0, 20, 60)),
    extensions: fc.array(fc.oneof(pair, fc.tuple(fc.constant('margay.destination'), crooked)), {
      maxLength: 3,
    }),
  })
  .map(({ ends: [from, to, by, as], ports, request: [method, path, host], headers, copies, extensions }) =>
    check((writer) => {
      const peer = (field: number, address: string, port: number, principal: string) =>
        writer.message(field, () => {
          writer.message(1, () => writer.message(1, () => writer.text(2, address).uint(3, port)))
          writer.text(4, principal)
        })
      peer(1, from, ports[0], by)
      peer(2, to, ports[1], as)
      for (const extension of extensions) entry(writer, 10, extension)
      http(writer, () => {
        writer.text(2, method).text(4, path).text(5, host)
        for (let copy = 0; copy < copies; copy++) for (const header of headers) entry(writer, 3, header)
      })
    }),
  )

/** Structs in structs, so deep that who descends has no stack left. */
const deep = fc.tuple(fc.nat(4000), fc.boolean()).map(([depth, hasText]) => {
  let value: Uint8Array = hasText ? Buffer.from([0x1a, 1, 0x61]) : Buffer.alloc(0)
  for (let level = 0; level < depth; level++) value = wrapped(level % 2 === 0 ? 2 : 1, value)
  return check((writer) => writer.message(11, () => writer.bytes(wrapped(1, value))))
})

function wrapped(field: number, inside: Uint8Array): Uint8Array {
  return new WireWriter().message(field, (writer) => writer.bytes(inside)).finish()
}

const seeds = recordedChecks.map(({ bytes }) => bytes)
const pieces = [
  Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x0b, 0x0c]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  ...seeds,
]

const anyRequest = fc.oneof(
  { arbitrary: damaged(seeds, pieces).map((bytes) => Buffer.from(bytes)), weight: 200 },
  { arbitrary: hostile, weight: 100 },
  { arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), weight: 60 },
  { arbitrary: deep, weight: 1 },
)

const codes: ReadonlySet<number | string> = new Set([status.INVALID_ARGUMENT, 'Allow', 'Deny'])

function outcomeOf(bytes: Buffer): number | string {
  const startMs = performance.now()
  const result = answerCall(judging, bytes)
  const tookMs = performance.now() - startMs
  if (tookMs > slowMs) throw new Error(`a check took ${tookMs} ms`)
  if ('failure' in result) return result.failure.code
  return result.response.subarray(0, 2).equals(Buffer.from([0x0a, 0])) ? 'Allow' : 'Deny'
}

/** Without `expect`, which takes longer than a check. */
function expectNoMistake(): void {
  const mistakes = told.filter((line) => !line.startsWith('refused '))
  if (judge.errors.length > 0 || mistakes.length > 0) throw judge.errors[0] ?? new Error(mistakes[0])
  judge.judged.length = 0
  told.length = 0
}

test('what is not damaged is judged: something is allowed, something is denied', () => {
  expect(outcomeOf(recordedCheck('sidecar-mtls'))).toBe('Allow')
  expect(outcomeOf(recordedCheck('network-filter'))).toBe('Deny')
})

test(`${numRuns} requests to codec and judge`, { timeout }, () => {
  const seen = new Set<number | string>()
  fc.assert(
    fc.property(anyRequest, (bytes) => {
      const outcome = outcomeOf(bytes)
      seen.add(outcome)
      if (!codes.has(outcome)) throw new Error(`a check ended with ${outcome}`)
      expectNoMistake()
    }),
    { ...fuzzOptions, numRuns },
  )
  expect(seen).toEqual(codes)
})

test(`${overSockets.numRuns} requests over gRPC`, { timeout }, async () => {
  const caller = new GrpcCaller(formatListenAddress(transport.grpc ?? { kind: 'Unix', path: '' }))
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { maxLength: 8 }), async (list) => {
      const answers = await Promise.all(list.map((bytes) => caller.check(bytes)))
      for (const answer of answers)
        if (typeof answer === 'number') expect(answer).toBe(status.INVALID_ARGUMENT)
      expectNoMistake()
    }),
    overSockets,
  )
  expect(await caller.check(recordedCheck('sidecar-mtls'))).toBeInstanceOf(Buffer)
})

const requests = [
  'GET /a?b HTTP/1.1\r\nHost: pay.shop\r\nx-margay-source: 10.65.1.7:5\r\nx-margay-destination: 10.65.2.9:8080\r\n\r\n',
  'POST /public/x HTTP/1.1\r\nHost: a\r\nx-margay-principal: spiffe://cluster.local/ns/shop/sa/checkout\r\nContent-Length: 3\r\n\r\nabc',
  'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
].map((text) => Buffer.from(text))
const httpPieces = [
  '\r\n',
  '\r\n\r\n',
  ':',
  'HTTP/1.1',
  '\0',
  'Content-Length: 99999999\r\n',
  'Upgrade: h2c\r\n',
  '%',
]

test(`${overSockets.numRuns} connections of HTTP, and of what is none`, { timeout }, async () => {
  for (const form of ['http', 'grpc'] as const) {
    await fc.assert(
      fc.asyncProperty(
        damaged(
          requests,
          httpPieces.map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          await sent(transport[form], bytes)
          expectNoMistake()
        },
      ),
      overSockets,
    )
  }
  expect(await sent(transport.http, requests[0] ?? Buffer.alloc(0))).toMatch(/^HTTP\/1\.1 (200|403)/)
})

/** What came back until the other end had nothing more to say to a client that has said all. */
function sent(address: Transport['http'], bytes: Uint8Array): Promise<string> {
  const socket = createConnection(address?.kind === 'Unix' ? address.path : '').setEncoding('utf8')
  let received = ''
  socket.on('data', (text: string) => {
    received += text
  })
  socket.on('error', () => undefined)
  socket.end(bytes)
  return new Promise((resolve) => socket.once('close', () => resolve(received)))
}
