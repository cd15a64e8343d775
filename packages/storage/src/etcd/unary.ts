/** One request, one answer. */
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js'
import { decodeAuthenticate, encodeAuthenticate } from './auth-messages.ts'
import { decodeRange, decodeTxn, encodeCompaction, encodeRange, encodeTxn } from './kv-messages.ts'

export interface Method<Request, Response> {
  readonly path: string
  readonly encode: (request: Request) => Uint8Array
  readonly decode: (data: Uint8Array) => Response
}

export const methods = {
  authenticate: {
    path: '/etcdserverpb.Auth/Authenticate',
    encode: encodeAuthenticate,
    decode: decodeAuthenticate,
  },
  range: { path: '/etcdserverpb.KV/Range', encode: encodeRange, decode: decodeRange },
  txn: { path: '/etcdserverpb.KV/Txn', encode: encodeTxn, decode: decodeTxn },
  compact: {
    path: '/etcdserverpb.KV/Compact',
    encode: encodeCompaction,
    decode: (): undefined => undefined,
  },
} as const

/** `deadline` is in Unix milliseconds. @throws gRPC's ServiceError */
export function callUnary<Request, Response>(
  client: Client,
  { path, encode, decode }: Method<Request, Response>,
  request: Request,
  metadata: Metadata,
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
    client.makeUnaryRequest(path, serialize, decode, request, metadata, options, done)
  })
}
