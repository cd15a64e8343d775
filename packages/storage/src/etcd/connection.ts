/**
 * Calls to one etcd over gRPC, to whichever of its members answers.
 *
 * Holds  A write is sent again only when etcd has refused it unread. A read is sent again while there is time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import type { EtcdTls } from './channel.ts'
import type { RangeRequest, RangeResponse, TxnRequest, TxnResponse } from './kv-messages.ts'
import { Members } from './members.ts'
import { type EtcdLogin, metadataWith, Session } from './session.ts'
import { isLoginNeeded, isLoginNotEnabled, isUnreachable } from './status.ts'
import { callUnary, type Method, methods } from './unary.ts'
import { decodeWatch, encodeWatch, type WatchRequest, type WatchResponse } from './watch-messages.ts'

export interface ConnectionOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, one for each member. */
  readonly endpoints: readonly string[]
  readonly tls?: EtcdTls
  readonly login?: EtcdLogin
  readonly requestTimeoutMs: number
}

export type WatchStream = ClientDuplexStream<WatchRequest, WatchResponse>

export class Connection {
  readonly #members: Members
  readonly #session: Session | undefined
  readonly #timeoutMs: number

  /** @throws StoreOpenError */
  constructor({ endpoints, tls = {}, login, requestTimeoutMs }: ConnectionOptions) {
    this.#timeoutMs = requestTimeoutMs
    this.#members = new Members(endpoints, tls)
    this.#session = login && new Session((deadline) => this.#logIn(login, deadline))
  }

  /** @throws the status of gRPC, as all calls do */
  async range(request: RangeRequest): Promise<RangeResponse> {
    const deadline = this.#deadline()
    for (;;) {
      try {
        return await this.#call(methods.range, request, deadline)
      } catch (error) {
        if (!isUnreachable(error) || Date.now() + retryPauseMs >= deadline) throw error
        await sleep(retryPauseMs)
      }
    }
  }

  async txn(request: TxnRequest): Promise<TxnResponse> {
    return this.#call(methods.txn, request, this.#deadline())
  }

  async compact(revision: bigint): Promise<void> {
    await this.#call(methods.compact, revision, this.#deadline())
  }

  /** The stream ends with an error when the member stops or loses its leader. Cancel it to end it. */
  async watch(request: WatchRequest): Promise<WatchStream> {
    const deadline = this.#deadline()
    const metadata = metadataWith(await this.#token(deadline))
    metadata.set('hasleader', 'true')
    const client = await this.#members.ready(deadline)
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

  /** The next call logs in anew. A watch can't tell a token that is too old from a right that is missing. */
  forgetLogin(): void {
    this.#session?.forget()
  }

  close(): void {
    this.#members.close()
  }

  async #call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    deadline: number,
  ): Promise<Response> {
    const token = await this.#token(deadline)
    try {
      return await this.#send(method, request, token, deadline)
    } catch (error) {
      if (this.#session === undefined || !isLoginNeeded(error)) throw error
      // Of many calls that failed with one token, the first has perhaps got a new one meanwhile.
      if ((await this.#token(deadline)) === token) this.forgetLogin()
      return this.#send(method, request, await this.#token(deadline), deadline)
    }
  }

  async #send<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    token: string,
    deadline: number,
  ): Promise<Response> {
    const client = await this.#members.ready(deadline)
    try {
      return await callUnary(client, method, request, metadataWith(token), deadline)
    } catch (error) {
      if (isUnreachable(error)) this.#members.preferOthers(client)
      throw error
    }
  }

  async #token(deadline: number): Promise<string> {
    return this.#session === undefined ? '' : this.#session.token(deadline)
  }

  /** An etcd that asks nobody yet may begin to do so at any time. */
  async #logIn(login: EtcdLogin, deadline: number): Promise<string> {
    try {
      return await this.#send(methods.authenticate, login, '', deadline)
    } catch (error) {
      if (isLoginNotEnabled(error)) return ''
      throw error
    }
  }

  #deadline(): number {
    return Date.now() + this.#timeoutMs
  }
}

const retryPauseMs = 50
