/** A server on its socket: opened by the rules for it, its connections known and bounded, closed to new ones at once. */
import type { AddressInfo, Server, Socket } from 'node:net'
import { formatListenAddress, isLoopback, type ListenAddress } from './listen-address.ts'
import { ListenError } from './listen-error.ts'
import { listenOnSocketFile } from './socket-file.ts'
import type { SecureServer, TlsFiles, TlsMaterial } from './tls-files.ts'

export interface ListenOptions {
  readonly address: ListenAddress
  /** TCP only. */
  readonly tls?: TlsFiles | undefined
  /** Of a Unix socket; 0660 unless told. */
  readonly socketMode?: number | undefined
  /** How often the certificate's files are read anew; 10 s unless told. */
  readonly reloadMs?: number | undefined
}

export interface ListenEvents {
  /** New connections get a new certificate. */
  readonly certificateRenewed: () => void
  /** It goes on with the last one. Told once for each cause. */
  readonly certificateUnusable: (error: ListenError) => void
}

/** A proxy has a few for each of its threads. */
const maxConnections = 4096
const defaultReloadMs = 10_000
const defaultSocketMode = 0o660

/** @throws ListenError: plain text only where no other machine hears it */
export function checkListenOptions({ address, tls }: ListenOptions): void {
  if (address.kind === 'Unix' && tls !== undefined) {
    throw new ListenError(`${formatListenAddress(address)} takes no certificate: TLS is for TCP`)
  }
  if (address.kind === 'Tcp' && tls === undefined && !isLoopback(address.host)) {
    throw new ListenError(
      `${formatListenAddress(address)} needs a certificate and its key: without TLS, allowed are Unix sockets and loopback addresses`,
    )
  }
}

export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #address: ListenAddress
  #release: () => void = () => undefined
  #reloading: NodeJS.Timeout | undefined

  private constructor(server: Server, address: ListenAddress) {
    this.#server = server
    this.#address = address
  }

  /** `material` is what the server was made with, if it speaks TLS. @throws ListenError */
  static async open(
    server: Server,
    options: ListenOptions,
    events: ListenEvents,
    material?: TlsMaterial,
  ): Promise<Listener> {
    const listener = new Listener(server, options.address)
    listener.#track()
    await listener.#listen(options)
    if (material !== undefined && 'setSecureContext' in server) {
      listener.#follow(material, server as Server & SecureServer, options, events)
    }
    return listener
  }

  /** With the port that it got. */
  get address(): ListenAddress {
    return this.#address
  }

  /** Takes no more connections; those that are open stay. */
  close(): void {
    clearInterval(this.#reloading)
    this.#release()
    this.#server.close()
  }

  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Resolves when none is open, and never where one stays. */
  async connectionsGone(): Promise<void> {
    while (this.#sockets.size > 0) {
      const [socket] = this.#sockets
      await new Promise((resolve) => socket?.once('close', resolve))
    }
  }

  #track(): void {
    this.#server.maxConnections = maxConnections
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      // Who breaks off is no concern of ours.
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  async #listen({ address, socketMode = defaultSocketMode }: ListenOptions): Promise<void> {
    if (address.kind === 'Unix') {
      this.#release = await listenOnSocketFile(this.#server, address.path, socketMode)
    } else {
      await listenOnTcp(this.#server, address)
      this.#address = { ...address, port: (this.#server.address() as AddressInfo).port }
    }
    // What goes wrong with accepting one connection must not end the others.
    this.#server.on('error', () => undefined)
  }

  #follow(
    material: TlsMaterial,
    server: SecureServer,
    { reloadMs = defaultReloadMs }: ListenOptions,
    events: ListenEvents,
  ): void {
    let told = ''
    const look = () => {
      try {
        if (material.reload(server)) events.certificateRenewed()
        told = ''
      } catch (error) {
        if (!(error instanceof ListenError)) throw error
        if (error.message !== told) events.certificateUnusable(error)
        told = error.message
      }
    }
    this.#reloading = setInterval(look, reloadMs).unref()
  }
}

function listenOnTcp(server: Server, address: ListenAddress & { kind: 'Tcp' }): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new ListenError(`can't listen on ${formatListenAddress(address)}: ${cause.message}`, { cause }))
    server.once('error', fail)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', fail)
      resolve()
    })
  })
}
