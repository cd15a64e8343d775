/**
 * Every open connection of a server: no more than there may be, and closing the server does not wait for idle ones.
 */
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { clientOf } from './client-address.ts'
import { ConnectionLimit } from './connection-limit.ts'
import type { ConnectionLimits } from './limits.ts'

/** What a raw socket, the TLS socket over it, and HTTP/2's stand-in for that one all know of their connection. */
type Ends = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>

export class Connections {
  /** Also those that have not finished their TLS handshake. */
  readonly #raw = new Map<string, Socket>()
  readonly #secure = new Set<TLSSocket>()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #limit: ConnectionLimit<Socket>
  readonly #proven = new WeakSet<Ends>()
  readonly #onRefused: () => void

  /** `onRefused` hears of each that was closed because there are too many. */
  constructor(limits: ConnectionLimits, onRefused: () => void) {
    this.#limit = new ConnectionLimit(limits, () => performance.now())
    this.#onRefused = onRefused
  }

  track(server: Http2SecureServer): void {
    guardDoor(server, (socket) => this.#admit(socket))
    server.on('secureConnection', (socket: TLSSocket) => {
      hold(this.#secure, socket)
      if (socket.authorized) this.prove(socket)
    })
    server.on('session', (session: ServerHttp2Session) => {
      hold(this.#sessions, session)
      const { socket } = session
      if (socket instanceof TLSSocket && socket.authorized) this.prove(socket)
    })
  }

  /** Somebody proved on this connection who he is. May be called again. */
  prove(socket: Ends): void {
    if (this.#proven.has(socket)) return
    this.#proven.add(socket)
    const raw = this.#raw.get(nameOf(socket))
    if (raw !== undefined) this.#limit.prove(raw)
  }

  isProven(socket: Ends): boolean {
    return this.#proven.has(socket)
  }

  /** Sends what is still to be sent, then says goodbye. */
  end(): void {
    for (const session of this.#sessions) session.close()
    for (const socket of this.#secure) {
      // The others belong to a session, which ends them itself.
      if (socket.alpnProtocol !== 'h2') socket.end()
    }
  }

  destroy(): void {
    for (const socket of this.#raw.values()) socket.destroy()
  }

  #admit(socket: Socket): boolean {
    const { remoteAddress } = socket
    // It is gone already.
    if (remoteAddress === undefined) return false
    const admission = this.#limit.open(socket, clientOf(remoteAddress))
    if (!admission.isOpen || admission.givesWay !== undefined) this.#onRefused()
    if (!admission.isOpen) return false
    admission.givesWay?.destroy()
    this.#hold(socket)
    return true
  }

  #hold(socket: Socket): void {
    const name = nameOf(socket)
    this.#raw.set(name, socket)
    socket.once('close', () => {
      this.#limit.close(socket)
      if (this.#raw.get(name) === socket) this.#raw.delete(name)
    })
  }
}

/** Whom it refuses is closed before TLS takes hold of it, which costs memory and time. */
function guardDoor(server: Http2SecureServer, admit: (socket: Socket) => boolean): void {
  const takers = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (!admit(socket)) socket.destroy()
    else for (const take of takers) take.call(server, socket)
  })
}

/** Of all connections that are open, only one has these two ends. */
function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Ends): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}

function hold<T extends { once(event: 'close', listener: () => void): unknown }>(set: Set<T>, item: T): void {
  set.add(item)
  item.once('close', () => set.delete(item))
}
