/** A server of the transport, and those who ask it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import { type Answer, type Check, type Checker, NotReadyError } from '../check/check.ts'
import type { ListenError } from './listen/listen-error.ts'

export const allow: Answer = { verdict: 'Allow', httpStatus: undefined, headers: [], body: '', metadata: {} }
export const deny: Answer = { ...allow, verdict: 'Deny', httpStatus: 403 }
/** Told apart from `deny`, which the checker gives. */
export const denial: Answer = { ...deny, httpStatus: 400 }

/** Answers as it is told, and keeps what it was asked. */
export class FakeChecker implements Checker {
  isReady = true
  answer: Answer | Error = allow
  asked: Check[] = []

  reset(): void {
    Object.assign(this, { isReady: true, answer: allow, asked: [] })
  }

  check(check: Check): Answer {
    if (!this.isReady) throw new NotReadyError()
    this.asked.push(check)
    if (this.answer instanceof Error) throw this.answer
    return this.answer
  }
}

/** All that was told, as text. */
export function recordedEvents() {
  const told: string[] = []
  return {
    told,
    events: {
      refused: (refusal: string) => told.push(`refused ${refusal}`),
      failed: (error: unknown) => told.push(`failed ${String(error)}`),
      certificateRenewed: () => told.push('renewed'),
      certificateUnusable: ({ message }: ListenError) => told.push(message),
    },
  }
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'margay-authz-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const asIs = (bytes: Buffer): Buffer => bytes

export class GrpcCaller {
  readonly client: Client

  constructor(target: string, channel = credentials.createInsecure()) {
    this.client = new Client(target, channel, { 'grpc.use_local_subchannel_pool': 1 })
    onTestFinished(() => this.client.close())
  }

  /** The response's bytes, or the code of the failure. */
  call(path: string, request: Buffer): Promise<Buffer | number> {
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, response?: Buffer) => resolve(error?.code ?? response ?? -1)
      this.client.makeUnaryRequest(path, asIs, asIs, request, { deadline: Date.now() + 10_000 }, done)
    })
  }

  check(request: Buffer, service = 'envoy.service.auth.v3.Authorization'): Promise<Buffer | number> {
    return this.call(`/${service}/Check`, request)
  }

  watch(service: Buffer): ClientReadableStream<Buffer> {
    return this.client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, service)
  }
}
