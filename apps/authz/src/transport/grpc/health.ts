/**
 * grpc.health.v1.Health: serving from the moment at which policy is known, and until the server is told to stop.
 *
 * Source  gRPC Health Checking Protocol: a Check for an unknown service is NOT_FOUND, a Watch for one says SERVICE_UNKNOWN and stays.
 */
import {
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { WireError } from '../../codec/wire-error.ts'
import { authServiceNames } from './auth-services.ts'
import {
  decodeHealthRequest,
  encodeHealthResponse,
  type ServingStatus,
  servingStatus,
} from './health-messages.ts'

type Watcher = ServerWritableStream<Buffer, Buffer>

const known: ReadonlySet<string> = new Set(['', ...authServiceNames])

/** How late a watcher may learn of a change. */
const lookMs = 200

const asIs = (bytes: Buffer): Buffer => bytes
const bytesOnly = {
  requestStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const

export const healthService: ServiceDefinition = {
  Check: { path: '/grpc.health.v1.Health/Check', responseStream: false, ...bytesOnly },
  Watch: { path: '/grpc.health.v1.Health/Watch', responseStream: true, ...bytesOnly },
}

export class Health {
  readonly #isReady: () => boolean
  readonly #watchers = new Map<Watcher, ServingStatus>()
  #isStopping = false
  #looking: NodeJS.Timeout | undefined

  constructor(isReady: () => boolean) {
    this.#isReady = isReady
  }

  /** Says so to all who watch; there is no way back. */
  stopServing(): void {
    this.#isStopping = true
    this.#tell()
  }

  /** Ends all watches, which else would hold their connections open. */
  end(): void {
    clearInterval(this.#looking)
    for (const watcher of this.#watchers.keys()) watcher.end()
    this.#watchers.clear()
  }

  check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    const service = readService(call.request)
    if (service === undefined) answer(notReadable)
    else if (!known.has(service)) answer(notFound)
    else answer(null, encodeHealthResponse(this.#status))
  }

  watch(call: Watcher): void {
    const service = readService(call.request)
    if (service === undefined) {
      call.emit('error', notReadable)
      return
    }
    const now = known.has(service) ? this.#status : servingStatus.ServiceUnknown
    this.#watchers.set(call, now)
    call.once('cancelled', () => this.#forget(call))
    call.write(encodeHealthResponse(now))
    this.#looking ??= setInterval(() => this.#tell(), lookMs).unref()
  }

  get #status(): ServingStatus {
    return this.#isReady() && !this.#isStopping ? servingStatus.Serving : servingStatus.NotServing
  }

  #tell(): void {
    const now = this.#status
    for (const [watcher, told] of this.#watchers) {
      if (told === now || told === servingStatus.ServiceUnknown) continue
      this.#watchers.set(watcher, now)
      watcher.write(encodeHealthResponse(now))
    }
  }

  #forget(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }
}

const notFound = { code: status.NOT_FOUND, details: 'there is no such service here' }
const notReadable = { code: status.INVALID_ARGUMENT, details: 'the request is no HealthCheckRequest' }

function readService(request: Buffer): string | undefined {
  try {
    return decodeHealthRequest(request)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
