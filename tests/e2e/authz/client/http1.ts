/** One request of HTTP/1.1, byte for byte. */
import type { RequestTask, Response } from '../client-task.ts'
import { open, patienceMs } from './open.ts'

export function requestHttp1(task: RequestTask): Promise<Response> {
  return new Promise((resolve) => {
    const socket = open(task, ['http/1.1'])
    const chunks: Buffer[] = []
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined)
    socket.once('close', () => resolve(parseResponse(Buffer.concat(chunks).toString('latin1'))))
    socket.write(formatRequest(task), 'latin1')
  })
}

function formatRequest({ method, path, headers, address, port }: RequestTask): string {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const host: (readonly [string, string])[] = hasHost ? [] : [['host', hostOf(address, port)]]
  const lines = [...host, ...headers, ['connection', 'close'] as const].map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}

export function hostOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The server ends the connection behind the answer, so what is left is the body, in chunks or not. */
function parseResponse(text: string): Response {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0)
  const headers = Object.fromEntries(lines.map(parseHeader))
  const body = text.slice(end + 4)
  return { status, headers, body: headers['transfer-encoding'] === 'chunked' ? joinChunks(body) : body }
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function joinChunks(text: string): string {
  const size = Number.parseInt(text, 16)
  if (!(size > 0)) return ''
  const start = text.indexOf('\r\n') + 2
  return text.slice(start, start + size) + joinChunks(text.slice(start + size + 2))
}
