/** One request of HTTP/2, by Node's own library, which sends each path as it is given. */
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { RequestTask, Response } from '../client-task.ts'
import { hostOf } from './http1.ts'
import { open, patienceMs } from './open.ts'

export async function requestHttp2(task: RequestTask): Promise<Response> {
  const session = connect('http://workload.test', { createConnection: () => open(task, ['h2']) })
  // What becomes of the session is what becomes of its request.
  session.on('error', () => undefined)
  try {
    return await send(session, task)
  } finally {
    session.destroy()
  }
}

function send(session: ClientHttp2Session, task: RequestTask): Promise<Response> {
  return new Promise((resolve) => {
    const stream = session.request(headersOf(task), { endStream: true })
    let received: Omit<Response, 'body'> = { status: 0, headers: {} }
    let body = ''
    stream.setTimeout(patienceMs, () => stream.close())
    stream.on('response', ({ ':status': status = 0, ...headers }) => {
      received = {
        status,
        headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])),
      }
    })
    stream.setEncoding('latin1').on('data', (text: string) => {
      body += text
    })
    stream.on('error', () => undefined).once('close', () => resolve({ ...received, body }))
  })
}

function headersOf({ method, path, headers, address, port }: RequestTask): OutgoingHttpHeaders {
  const all: Record<string, string[]> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    all[key] = [...(all[key] ?? []), value]
  }
  const { host: [authority] = [hostOf(address, port)], ...others } = all
  return { ':method': method, ':path': path, ':authority': authority ?? '', ...others }
}
