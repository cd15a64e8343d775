/**
 * What a proxy asks and what it is told: the hand-over between who speaks its protocols and who knows policy.
 *
 * Source  Envoy's external_auth.proto and attribute_context.proto (v3); spec/dataplane.md 8.1.
 */

/** One request, or one connection, that a proxy holds until it is answered. Nothing in it was checked but its form. */
export interface Check {
  readonly source: Peer
  readonly destination: Peer
  /** Undefined: asked by a network filter, about a connection in which no request was read. */
  readonly http: HttpAttributes | undefined
  /** Set by the proxy's configuration, for this route or virtual host; a client has no say in it. */
  readonly contextExtensions: ReadonlyMap<string, string>
  /** Dynamic metadata that filters of the proxy left, as `namespace`, `key` to a text; other kinds of values are left out. */
  readonly metadata: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export interface Peer {
  /** Undefined for a pipe, and where the proxy says none. */
  readonly socket: SocketAddress | undefined
  /** Who it is by its certificate, which the proxy verified: a URI such as `spiffe://cluster.local/ns/a/sa/b`. Empty: nobody. */
  readonly principal: string
}

export interface SocketAddress {
  readonly protocol: 'TCP' | 'UDP'
  /** As text; not always an IP address. */
  readonly address: string
  /** 0-65535. */
  readonly port: number
}

export interface HttpAttributes {
  readonly method: string
  /** As it was sent, with its query. */
  readonly path: string
  readonly host: string
  /** By name in lower case; several fields of one name are joined with a comma. Pseudo-headers may be among them. */
  readonly headers: ReadonlyMap<string, string>
}

export interface Answer {
  readonly verdict: 'Allow' | 'Deny'
  /** Of the HTTP answer that the proxy gives instead, 100-599; undefined where allowed. */
  readonly httpStatus: number | undefined
  /** Allowed: added to the request on its way to the workload. Denied: of the answer. An earlier value of the name is replaced. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Of the answer; empty where allowed. */
  readonly body: string
  /** For the proxy's access log, in the namespace of its filter. */
  readonly metadata: Readonly<Record<string, string | number>>
}

export interface Checker {
  /** Never throws but NotReadyError: what goes wrong within is a Deny. */
  check(check: Check): Answer
  readonly isReady: boolean
}

/** Nothing is known of policy yet: no answer, so that the proxy's own mode for failures decides. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'

  constructor() {
    super('policy is not known yet')
  }
}
