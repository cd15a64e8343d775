/** All listeners of the service, started and drained together. */
import type { Answer, Checker } from '../check/check.ts'
import type { AskEvents } from './ask.ts'
import { type RunningServer, startGrpcServer } from './grpc/grpc-server.ts'
import { type HttpFormOptions, startHttpServer } from './http/http-server.ts'
import type { ListenAddress } from './listen/listen-address.ts'
import type { ListenEvents, ListenOptions } from './listen/listener.ts'

export interface TransportOptions {
  readonly checker: Checker
  /** Given to a check that nobody could judge, because of its form or a mistake of ours. */
  readonly denial: Answer
  readonly grpc?: ListenOptions | undefined
  readonly http?: HttpFormOptions | undefined
  readonly events: AskEvents & ListenEvents
}

export interface Transport {
  readonly grpc: ListenAddress | undefined
  readonly http: ListenAddress | undefined
  /** Takes no more connections, answers what has begun, and resolves at the latest after `drainMs`. May be called again. */
  drain(drainMs?: number): Promise<void>
}

export const defaultDrainMs = 10_000

/** Either all listen, or none. @throws ListenError */
export async function startTransport({
  checker,
  denial,
  grpc,
  http,
  events,
}: TransportOptions): Promise<Transport> {
  const judging = { checker, denial, events }
  const grpcServer = grpc && (await startGrpcServer(judging, grpc, events))
  const httpServer = http && (await orDrain(startHttpServer(judging, http, events), grpcServer))
  const servers = [grpcServer, httpServer].filter((server) => server !== undefined)
  return {
    grpc: grpcServer?.address,
    http: httpServer?.address,
    drain: async (drainMs = defaultDrainMs) => {
      await Promise.all(servers.map((server) => server.drain(drainMs)))
    },
  }
}

async function orDrain(
  starting: Promise<RunningServer>,
  started: RunningServer | undefined,
): Promise<RunningServer> {
  try {
    return await starting
  } catch (error) {
    await started?.drain(0)
    throw error
  }
}
