/**
 * The gRPC form of ext_authz. Sockets are opened here, by our rules, and handed to gRPC one by one.
 *
 * Drain   Health says NOT_SERVING, no connection is taken any more, each open one is told that it ends (GOAWAY) and keeps
 *         the calls that have begun; what is left after `drainMs` is cut off.
 */
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import {
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js'
import type { ListenAddress } from '../listen/listen-address.ts'
import { checkListenOptions, type ListenEvents, Listener, type ListenOptions } from '../listen/listener.ts'
import { TlsMaterial } from '../listen/tls-files.ts'
import { within } from '../within.ts'
import { authService, authServiceNames } from './auth-services.ts'
import { answerCall, type Judging } from './check-call.ts'
import { Health, healthService } from './health.ts'

export interface RunningServer {
  readonly address: ListenAddress
  /** Resolves when no connection is left, at the latest after `drainMs`. May be called again. */
  drain(drainMs: number): Promise<void>
}

/**
 * A message beyond what is looked at is still received, up to this, so that it can be answered with a denial; a body
 * that a proxy was told to send along may be so large. What is larger still ends as RESOURCE_EXHAUSTED.
 */
const maxReceivedBytes = 4 * 1024 * 1024

/** A connection is made anew after an hour, so a call that its proxy never finishes does not stay for ever. */
const channelOptions: ServerOptions = {
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': maxReceivedBytes,
  'grpc.max_concurrent_streams': 1000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_connection_idle_ms': 3_600_000,
  'grpc.max_connection_age_ms': 3_600_000,
  'grpc.max_connection_age_grace_ms': 60_000,
}

/** So long a new connection may take until it has said that it speaks HTTP/2. */
const prefaceMs = 10_000
const prefaceBytes = 24

/** @throws ListenError */
export async function startGrpcServer(
  judging: Judging,
  options: ListenOptions,
  events: ListenEvents,
): Promise<RunningServer> {
  checkListenOptions(options)
  const health = new Health(() => judging.checker.isReady)
  const grpc = grpcServer(judging, health)
  const connections = grpc.createConnectionInjector(ServerCredentials.createInsecure())
  const material = options.tls && new TlsMaterial(options.tls)
  const socketServer = serverFor(material, (socket) => {
    endWithoutPreface(socket)
    connections.injectConnection(socket)
  })
  const listener = await Listener.open(socketServer, options, events, material)
  let drained: Promise<void> | undefined
  const drain = async (drainMs: number): Promise<void> => {
    health.stopServing()
    listener.close()
    health.end()
    connections.drain(drainMs)
    await within(drainMs, listener.connectionsGone())
    listener.destroyConnections()
    grpc.forceShutdown()
  }
  return { address: listener.address, drain: (drainMs) => (drained ??= drain(drainMs)) }
}

function grpcServer(judging: Judging, health: Health): Server {
  const server = new Server(channelOptions)
  const Check = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    const result = answerCall(judging, call.request)
    if ('failure' in result) answer(result.failure)
    else answer(null, result.response)
  }
  for (const name of authServiceNames) server.addService(authService(name), { Check })
  server.addService(healthService, {
    Check: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
      health.check(call, answer),
    Watch: (call: Parameters<Health['watch']>[0]) => health.watch(call),
  })
  return server
}

function serverFor(material: TlsMaterial | undefined, take: (socket: Socket) => void) {
  if (material === undefined) return createServer({ noDelay: true }, take)
  const server = createTlsServer({ ...material.serverOptions, ALPNProtocols: ['h2'], noDelay: true }, take)
  // A client that breaks off, or has no certificate that counts, is no concern of ours.
  return server.on('tlsClientError', () => undefined)
}

function endWithoutPreface(socket: Socket): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead < prefaceBytes) socket.destroy()
  }, prefaceMs).unref()
  socket.once('close', () => clearTimeout(timer))
  socket.on('error', () => undefined)
}
