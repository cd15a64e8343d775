/**
 * Calls of gRPC by bare node:http2, with requests that are encoded already, so that asking costs less than answering. As a proxy
 * with two threads does, it has two connections.
 */
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'

const headers = {
  ':method': 'POST',
  ':path': '/envoy.service.auth.v3.Authorization/Check',
  'content-type': 'application/grpc',
  te: 'trailers',
}

export class Caller {
  readonly #sessions: readonly ClientHttp2Session[]
  readonly #frames: readonly Buffer[]
  #next = 0

  constructor(path: string, requests: readonly Buffer[]) {
    this.#sessions = Array.from({ length: 2 }, () =>
      connectHttp2('http://localhost', { createConnection: () => connect(path) }),
    )
    this.#frames = requests.map(framed)
  }

  /** True for a request that is allowed. @throws Error where there is no answer, and so no figure */
  call(): Promise<boolean> {
    const index = this.#next++
    const session = this.#sessions[index % this.#sessions.length]
    const stream = session?.request(headers)
    return new Promise((resolve, reject) => {
      if (stream === undefined) return reject(new Error('there is no connection'))
      let isAllowed = false
      stream.once('data', (data: Buffer) => {
        // The first field of the message is the status: empty means OK.
        isAllowed = data[6] === 0
      })
      stream.once('trailers', (trailers: IncomingHttpHeaders) => {
        if (trailers['grpc-status'] === '0') resolve(isAllowed)
        else reject(new Error(`a check ended with status ${String(trailers['grpc-status'])}`))
      })
      stream.once('error', reject)
      stream.end(this.#frames[index % this.#frames.length])
    })
  }

  close(): void {
    for (const session of this.#sessions) session.destroy()
  }
}

/** Not compressed, and its length. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
