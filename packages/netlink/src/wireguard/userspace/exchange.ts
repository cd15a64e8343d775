/** One request and its answer, on a connection of their own: what answers may be another process each time. */
import { createConnection, type Socket } from 'node:net'
import { WireguardError } from '../errors.ts'

export interface ExchangeOptions {
  readonly socketPath: string
  /** For error texts: what is asked for. It never holds the request. */
  readonly what: string
  /** For all of it, from connecting to the end of the answer. */
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
  /** Ends it at once, as ECANCELED. */
  readonly signal: AbortSignal
}

/** The answer up to the empty line that ends it. @throws WireguardError */
export function exchange(request: string, options: ExchangeOptions): Promise<string> {
  const { socketPath, what, timeoutMs, signal } = options
  if (signal.aborted) return Promise.reject(new WireguardError(what, 'ECANCELED'))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fail = (errno: string, detail?: string) => reject(new WireguardError(what, errno, detail))
  const cancel = () => fail('ECANCELED')
  const socket = createConnection({ path: socketPath })
  const timer = setTimeout(() => fail('ETIMEDOUT', `: after ${timeoutMs} ms`), timeoutMs)
  signal.addEventListener('abort', cancel, { once: true })
  socket.on('error', (error) => fail('code' in error ? String(error.code) : 'EIO'))
  socket.on('close', () => fail('ENODATA', ': the answer does not end'))
  gatherAnswer(socket, options.maxAnswerBytes, resolve, () =>
    fail('EMSGSIZE', `: more than ${options.maxAnswerBytes} bytes`),
  )
  socket.write(request)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
    socket.destroy()
  })
}

const newline = 10

/** Nothing follows the empty line: the other side waits for the next request. */
function gatherAnswer(
  socket: Socket,
  maxBytes: number,
  onAnswer: (answer: string) => void,
  onTooLong: () => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  let lastByte = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    const beforeLast = chunk.at(-2) ?? lastByte
    lastByte = chunk.at(-1) ?? lastByte
    if (length > maxBytes) onTooLong()
    else if (beforeLast === newline && lastByte === newline) onAnswer(Buffer.concat(chunks).toString())
  })
}
