/** One gRPC channel to one member of etcd. It connects by itself, again and again. */
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from '@grpc/grpc-js'
import { StoreOpenError } from '../errors.ts'

export interface EtcdTls {
  /** PEM: who may have signed etcd's certificate; without it those that Node trusts. */
  readonly ca?: string
  /** PEM: our own certificate and its key, for an etcd that asks for one. */
  readonly cert?: string
  readonly key?: string
}

/** @throws StoreOpenError for an endpoint that is no URL, and for a certificate or key that can't be read */
export function connect(endpoint: string, tls: EtcdTls): Client {
  const { protocol, hostname, port } = parseEndpoint(endpoint)
  const host = hostname.replace(/^\[|\]$/g, '')
  const address = `${hostname}:${port === '' ? 2379 : port}`
  if (protocol === 'http:') return new Client(address, credentials.createInsecure(), channelOptions)
  return new Client(address, secure(endpoint, host, tls), { ...channelOptions, ...serverName(host) })
}

/** Answers may have any size. etcd allows a ping every 5 s. */
const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.use_local_subchannel_pool': 1,
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new StoreOpenError(endpoint, 'an endpoint of etcd is http://HOST:PORT or https://HOST:PORT')
}

/** The certificate must be for the host of the endpoint, whatever name TLS was told. */
function secure(endpoint: string, host: string, { ca, cert, key }: EtcdTls): ChannelCredentials {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
  try {
    return credentials.createSsl(pem(ca), pem(key), pem(cert), {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreOpenError(endpoint, `the certificates or the key can't be used: ${reason}`, cause)
  }
}

/** TLS may only be told a name, never an address (RFC 6066, section 3), and gRPC would tell it the address. */
function serverName(host: string): ChannelOptions {
  return isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': 'etcd' }
}
