/** `margay authz`: builds the real clock and sockets, and answers until it is told to stop. */
import { ApiSwitch, type ClientConfig, CredentialsWatch, systemClock } from '@margay/client'
import type { Refusal } from './codec/refused-check-error.ts'
import { PolicyFollower } from './follow/policy-follower.ts'
import { answerOf } from './judge/answer.ts'
import { malformed } from './judge/judgement.ts'
import { type JudgeOptions, PolicyJudge } from './judge/policy-judge.ts'
import { DecisionLog, type LineSink, type LoggedDecisions } from './log/decision-log.ts'
import { TokenBucket } from './log/token-bucket.ts'
import { AuthzMetrics } from './metrics/authz-metrics.ts'
import { MeteredChecker } from './metrics/metered-checker.ts'
import { type MetricsAddress, serveMetrics } from './metrics/metrics-server.ts'
import type { HttpFormOptions } from './transport/http/http-server.ts'
import { formatListenAddress } from './transport/listen/listen-address.ts'
import { ListenError } from './transport/listen/listen-error.ts'
import type { ListenOptions } from './transport/listen/listener.ts'
import { startTransport, type TransportOptions } from './transport/start-transport.ts'

export interface RunAuthzOptions {
  readonly judge: Omit<JudgeOptions, 'onJudged' | 'onError'>
  /** Reads how to reach the API; called again, to see whether that has changed. */
  readonly loadConfig: () => ClientConfig
  readonly grpc: ListenOptions | undefined
  readonly http: HttpFormOptions | undefined
  /** Undefined: none are served. */
  readonly metrics: MetricsAddress | undefined
  readonly decisions: LoggedDecisions
  /** Where decisions are logged. */
  readonly sink: LineSink
  /** Aborting stops the service, when it has answered what was asked. */
  readonly signal: AbortSignal
  /** Takes one line at a time, of everything but decisions. */
  readonly log: (line: string) => void
  /** Policy is known for the first time. */
  readonly onStarted?: () => void
}

/**
 * Settles when the signal aborts.
 *
 * @throws ListenError, and what `loadConfig` throws
 */
export async function runAuthz(options: RunAuthzOptions): Promise<void> {
  const { loadConfig, log, signal } = options
  const config = loadConfig()
  const counts = new AuthzMetrics()
  const decisions = new DecisionLog({ ...options, now: systemClock.now })
  const troubles = troubleTeller(counts, log)
  const judge = new PolicyJudge({
    ...options.judge,
    onJudged: (judgement) => {
      counts.judged(judgement)
      decisions.take(judgement)
    },
    onError: troubles.failed,
  })
  const client = new ApiSwitch(config)
  const follower = new PolicyFollower({
    ...{ client, log, judge },
    clock: systemClock,
    random: Math.random,
    onTold: startTeller(options),
  })
  const facts = () => ({
    isReady: judge.isReady,
    revision: follower.newestRevision,
    droppedLines: decisions.dropped,
  })
  const use = (changed: ClientConfig) => client.use(changed)
  const holder = 'this service'
  const credentials = new CredentialsWatch({ holder, config, load: loadConfig, use, clock: systemClock, log })
  const stopListening = await listen(options, {
    checker: new MeteredChecker(
      judge,
      (seconds) => counts.took(seconds),
      () => performance.now(),
    ),
    denial: answerOf(malformed, options.judge.answers),
    events: troubles,
    readMetrics: () => counts.read(facts()),
  })
  credentials.start()
  follower.start()
  await aborted(signal)
  credentials.stop()
  await stopListening()
  await follower.stop()
  await client.close()
}

interface Listening extends Pick<TransportOptions, 'checker' | 'denial' | 'events'> {
  readonly readMetrics: Parameters<typeof serveMetrics>[1]
}

/** Before policy is known, so that a proxy that asks early is told so. What it gives answers what has begun, and stops. */
async function listen(
  { grpc, http, metrics, log }: RunAuthzOptions,
  { readMetrics, ...judging }: Listening,
): Promise<() => Promise<void>> {
  const served = metrics && (await metricsAt(metrics, readMetrics))
  if (served !== undefined) log(`metrics are served at ${metrics?.host}, port ${served.port}`)
  try {
    const transport = await startTransport({ ...judging, grpc, http })
    if (transport.grpc !== undefined) log(`answering gRPC at ${formatListenAddress(transport.grpc)}`)
    if (transport.http !== undefined) log(`answering HTTP at ${formatListenAddress(transport.http)}`)
    return async () => {
      await transport.drain()
      served?.stop()
    }
  } catch (error) {
    served?.stop()
    throw error
  }
}

async function metricsAt(address: MetricsAddress, read: Parameters<typeof serveMetrics>[1]) {
  try {
    return await serveMetrics(address, read)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ListenError(`can't serve metrics at ${address.host}, port ${address.port}: ${reason}`, {
      cause,
    })
  }
}

/** Mistakes of ours and refused checks may come with each request: they are counted, and some are told of. */
function troubleTeller(counts: AuthzMetrics, log: (line: string) => void): TransportOptions['events'] {
  const lines = new TokenBucket({ perSecond: 0.1, burst: 10 }, systemClock.now)
  const tell = (line: string) => {
    if (lines.take()) log(line)
  }
  return {
    refused: (refusal: Refusal) => {
      counts.refused(refusal)
      tell(`a check was denied for its form: ${refusal}`)
    },
    failed: (error: unknown) => {
      counts.failed()
      tell(`a check was denied because of a mistake of this service: ${traceOf(error)}`)
    },
    certificateRenewed: () => log('the certificate has changed: new connections get it'),
    certificateUnusable: ({ message }: ListenError) => tell(message),
  }
}

/** Without what the error says, which may hold parts of a request: only where it happened. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error'
  const frames = error.stack?.split('\n').filter((line) => line.trim().startsWith('at ')) ?? []
  return `${error.name} ${frames
    .slice(0, 3)
    .map((line) => line.trim())
    .join(' ')}`
}

function startTeller({ log, onStarted }: RunAuthzOptions): () => void {
  let isFirst = true
  return () => {
    if (!isFirst) return
    isFirst = false
    log('policy is known: checks are answered')
    onStarted?.()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
