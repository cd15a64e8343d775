/** Every open connection of a server, so that closing it does not wait for idle clients. */
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export class Connections {
  /** Also those that have not finished their TLS handshake. */
  readonly #raw = new Set<Socket>()
  readonly #secure = new Set<TLSSocket>()
  readonly #sessions = new Set<ServerHttp2Session>()

  track(server: Http2SecureServer): void {
    server.on('connection', (socket: Socket) => hold(this.#raw, socket))
    server.on('secureConnection', (socket: TLSSocket) => hold(this.#secure, socket))
    server.on('session', (session: ServerHttp2Session) => hold(this.#sessions, session))
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
    for (const socket of this.#raw) socket.destroy()
  }
}

function hold<T extends { once(event: 'close', listener: () => void): unknown }>(set: Set<T>, item: T): void {
  set.add(item)
  item.once('close', () => set.delete(item))
}
