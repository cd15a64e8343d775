/** An API server of one kind on a loopback port, plain HTTP, that fails in every way that a test asks for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ResourceObject } from '@margay/resources'

export interface SeenRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

type Answer = (request: SeenRequest, response: ServerResponse) => void
type Verb = 'list' | 'watch' | 'get' | 'write'

interface Change {
  readonly revision: number
  readonly line: object
}

export class FakeApiServer {
  readonly requests: SeenRequest[] = []
  readonly #server: Server
  readonly #objects = new Map<string, ResourceObject>()
  readonly #watches = new Set<ServerResponse>()
  readonly #next = new Map<Verb, Answer[]>()
  #history: Change[] = []
  #revision = 100
  #oldest = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get revision(): string {
    return String(this.#revision)
  }

  get openWatches(): number {
    return this.#watches.size
  }

  seen(verb: Verb): SeenRequest[] {
    return this.requests.filter((request) => verbOf(request) === verb)
  }

  object(name: string): ResourceObject | undefined {
    return this.#objects.get(name)
  }

  put(name: string, fields: Record<string, unknown> = {}): ResourceObject {
    const before = this.#objects.get(name)
    const metadata = { uid: `uid-${name}-${this.#revision}`, ...before?.metadata, name }
    const { metadata: more, ...rest } = fields as { metadata?: object }
    return this.#store({ apiVersion: 'v1', kind: 'Pod', ...rest, metadata: { ...metadata, ...more } })
  }

  remove(name: string): void {
    const object = this.#objects.get(name)
    if (object === undefined) return
    this.#objects.delete(name)
    this.#revision += 1
    const metadata = { ...object.metadata, resourceVersion: this.revision }
    this.#publish({ type: 'DELETED', object: { ...object, metadata } })
  }

  /** Forgets what happened until now: watches from before are answered with 410. */
  compact(): void {
    this.#revision += 1
    this.#oldest = this.#revision
    this.#history = []
  }

  bookmark(): void {
    this.#revision += 1
    const metadata = { resourceVersion: this.revision }
    this.send({ type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } })
  }

  /** To every watch. */
  send(line: object | string): void {
    const text = typeof line === 'string' ? line : `${JSON.stringify(line)}\n`
    for (const watch of this.#watches) watch.write(text)
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end()
    this.#watches.clear()
  }

  breakWatches(): void {
    for (const watch of this.#watches) watch.socket?.destroy()
    this.#watches.clear()
  }

  /** The next request of this verb, and with `times` those after it, get this answer. */
  answerNext(verb: Verb, answer: Answer, times = 1): void {
    this.#next.set(verb, [...(this.#next.get(verb) ?? []), ...Array<Answer>(times).fill(answer)])
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message)
    this.requests.push(request)
    const verb = verbOf(request)
    const special = this.#next.get(verb)?.shift()
    if (special !== undefined) special(request, response)
    else if (verb === 'list') this.#list(request, response)
    else if (verb === 'watch') this.#watch(request, response)
    else if (verb === 'get') this.#get(request, response)
    else this.#write(request, response)
  }

  /** In pages, as `limit` says; the continue token is the number of objects that were sent. */
  #list({ query }: SeenRequest, response: ServerResponse): void {
    const start = Number(query.get('continue') ?? 0)
    const all = [...this.#objects.values()].map(({ apiVersion: _, kind: __, ...item }) => item)
    const end = query.has('limit') ? start + Number(query.get('limit')) : all.length
    const next = end < all.length ? { continue: String(end) } : {}
    const metadata = { resourceVersion: this.revision, ...next }
    answerJson(response, 200, { apiVersion: 'v1', kind: 'PodList', metadata, items: all.slice(start, end) })
  }

  #watch({ query }: SeenRequest, response: ServerResponse): unknown {
    const from = Number(query.get('resourceVersion'))
    if (from < this.#oldest) return answerStatus(response, 410, 'Expired', 'too old resource version')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const { revision, line } of this.#history) {
      if (revision > from) response.write(`${JSON.stringify(line)}\n`)
    }
    this.#watches.add(response)
    return response.once('close', () => this.#watches.delete(response))
  }

  #get(request: SeenRequest, response: ServerResponse): unknown {
    const object = this.#objects.get(nameOf(request))
    if (object === undefined) return answerNotFound(response, nameOf(request))
    return answerJson(response, 200, object)
  }

  #write(request: SeenRequest, response: ServerResponse): unknown {
    const body = request.body as ResourceObject
    const name = request.method === 'POST' ? body.metadata.name : nameOf(request)
    const current = this.#objects.get(name)
    if (request.method === 'POST') {
      if (current !== undefined)
        return answerStatus(response, 409, 'AlreadyExists', `pods "${name}" already exists`)
      return answerJson(response, 201, this.put(name, { ...body }))
    }
    if (current === undefined) return answerNotFound(response, name)
    if (request.method === 'DELETE') {
      this.remove(name)
      return answerJson(response, 200, { kind: 'Status', status: 'Success' })
    }
    const wanted = request.method === 'PUT' ? body : (mergePatch(current, request.body) as ResourceObject)
    if ((wanted.metadata.resourceVersion ?? '') !== current.metadata.resourceVersion) {
      return answerStatus(response, 409, 'Conflict', 'the object has been modified')
    }
    if (JSON.stringify(wanted) === JSON.stringify(current)) return answerJson(response, 200, current)
    return answerJson(response, 200, this.#store(wanted))
  }

  #store(object: ResourceObject): ResourceObject {
    const { name } = object.metadata
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED'
    this.#revision += 1
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: this.revision } }
    this.#objects.set(name, stored)
    this.#publish({ type, object: stored })
    return stored
  }

  #publish(line: object): void {
    this.#history.push({ revision: this.#revision, line })
    this.send(line)
  }
}

export function answerJson(response: ServerResponse, code: number, value: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

export function answerStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  answerJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message })
}

function answerNotFound(response: ServerResponse, name: string): void {
  answerStatus(response, 404, 'NotFound', `pods "${name}" not found`)
}

async function readRequest(message: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(message.url ?? '/', 'http://server.invalid')
  const text = (await message.toArray()).join('')
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const { method = 'GET', headers } = message
  return { method, path: url.pathname, query: url.searchParams, headers, body }
}

function verbOf({ method, path, query }: SeenRequest): Verb {
  if (method !== 'GET') return 'write'
  if (query.has('watch')) return 'watch'
  return path.endsWith('/pods') ? 'list' : 'get'
}

function nameOf({ path }: SeenRequest): string {
  return decodeURIComponent(path.split('/').at(-1) ?? '')
}

/** RFC 7386, as it is written there; any name may be a field's name. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target)
  const fields = new Map(Object.entries(isObject ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) fields.delete(key)
    else fields.set(key, mergePatch(fields.get(key), value))
  }
  return Object.fromEntries(fields)
}
