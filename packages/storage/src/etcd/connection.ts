/**
 * Calls to the members of one etcd over gRPC. It connects by itself, again and again, and prefers the members that answer.
 *
 * Holds  A write is sent at most once. A read is sent again while there is time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import {
  decodeRange,
  decodeTxn,
  encodeCompaction,
  encodeRange,
  encodeTxn,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
} from './kv-messages.ts'
import { isUnreachable } from './status.ts'
import { decodeWatch, encodeWatch, type WatchRequest, type WatchResponse } from './watch-messages.ts'

export interface EtcdTls {
  /** PEM: who may have signed etcd's certificate; without it those that Node trusts. */
  readonly ca?: string
  /** PEM: our own certificate and its key, for an etcd that asks for one. */
  readonly cert?: string
  readonly key?: string
}

export interface ConnectionOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, one for each member. */
  readonly endpoints: readonly string[]
  readonly tls?: EtcdTls
  readonly requestTimeoutMs: number
}

export type WatchStream = ClientDuplexStream<WatchRequest, WatchResponse>

export class Connection {
  #clients: Client[]
  readonly #timeoutMs: number

  constructor({ endpoints, tls = {}, requestTimeoutMs }: ConnectionOptions) {
    this.#timeoutMs = requestTimeoutMs
    this.#clients = endpoints.map((endpoint) => connect(endpoint, tls))
  }

  /** @throws the status of gRPC, as all calls do */
  async range(request: RangeRequest): Promise<RangeResponse> {
    const deadline = Date.now() + this.#timeoutMs
    for (;;) {
      try {
        return await this.#call('KV/Range', encodeRange, decodeRange, request, deadline)
      } catch (error) {
        if (!isUnreachable(error) || Date.now() + retryPauseMs >= deadline) throw error
        await sleep(retryPauseMs)
      }
    }
  }

  async txn(request: TxnRequest): Promise<TxnResponse> {
    return this.#call('KV/Txn', encodeTxn, decodeTxn, request, Date.now() + this.#timeoutMs)
  }

  async compact(revision: bigint): Promise<void> {
    const decode = (): undefined => undefined
    await this.#call('KV/Compact', encodeCompaction, decode, revision, Date.now() + this.#timeoutMs)
  }

  /** The stream ends with an error when the member stops or loses its leader. Cancel it to end it. */
  async watch(request: WatchRequest): Promise<WatchStream> {
    const client = await this.#readyClient(Date.now() + this.#timeoutMs)
    const metadata = new Metadata()
    metadata.set('hasleader', 'true')
    const stream = client.makeBidiStreamRequest(
      '/etcdserverpb.Watch/Watch',
      (message: WatchRequest) => Buffer.from(encodeWatch(message)),
      decodeWatch,
      metadata,
    )
    // A reader hears of the error from its iteration; nobody is left to hear of the one that a cancel brings.
    stream.on('error', () => undefined)
    stream.write(request)
    return stream
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  async #call<Request, Response>(
    method: string,
    encode: (request: Request) => Uint8Array,
    decode: (data: Uint8Array) => Response,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    const client = await this.#readyClient(deadline)
    try {
      return await unary(client, `/etcdserverpb.${method}`, encode, decode, request, deadline)
    } catch (error) {
      if (isUnreachable(error)) this.#preferOthers(client)
      throw error
    }
  }

  /** When none is ready in time it is the first one, whose failure tells why. */
  async #readyClient(deadline: number): Promise<Client> {
    const ready = this.#clients.find(
      (client) => client.getChannel().getConnectivityState(true) === connectivityState.READY,
    )
    if (ready !== undefined) return ready
    try {
      return await Promise.any(this.#clients.map((client) => whenReady(client, deadline)))
    } catch {
      const [first] = this.#clients
      if (first === undefined) throw new TypeError('there are no endpoints')
      return first
    }
  }

  #preferOthers(client: Client): void {
    this.#clients = [...this.#clients.filter((each) => each !== client), client]
  }
}

const retryPauseMs = 50

/** Answers may have any size. etcd allows a ping every 5 s. */
const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.use_local_subchannel_pool': 1,
}

function connect(endpoint: string, tls: EtcdTls): Client {
  const { protocol, hostname, port } = new URL(endpoint)
  const isTls = protocol === 'https:'
  const address = `${hostname}:${port === '' ? 2379 : port}`
  return new Client(address, isTls ? secure(tls) : credentials.createInsecure(), channelOptions)
}

function secure({ ca, cert, key }: EtcdTls): ChannelCredentials {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
  return credentials.createSsl(pem(ca), pem(key), pem(cert))
}

function whenReady(client: Client, deadline: number): Promise<Client> {
  return new Promise((resolve, reject) =>
    client.waitForReady(deadline, (error) => (error === undefined ? resolve(client) : reject(error))),
  )
}

function unary<Request, Response>(
  client: Client,
  path: string,
  encode: (request: Request) => Uint8Array,
  decode: (data: Uint8Array) => Response,
  request: Request,
  deadline: number,
): Promise<Response> {
  const serialize = (message: Request): Buffer => Buffer.from(encode(message))
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, response?: Response): void => {
      if (error !== null) reject(error)
      else resolve(response as Response)
    }
    // Past its deadline a call would not even say why there is no connection.
    const options = { deadline: Math.max(deadline, Date.now() + 100) }
    client.makeUnaryRequest(path, serialize, decode, request, new Metadata(), options, done)
  })
}
