/** Asks an API server everything in a world, over HTTPS, and notes the answers. */
import { Agent, type RequestOptions, request } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import type { Attempt, Question, World } from './world.ts'

/** One letter for each: y and n for questions; the HTTP status for attempts. */
export interface Answers {
  readonly questions: string
  readonly attempts: readonly number[]
}

export async function ask(kubeconfig: string, world: World): Promise<Answers> {
  const api = await Api.open(kubeconfig)
  for (const name of world.namespaces) await api.mustPost('/api/v1/namespaces', namespaceOf(name))
  for (const { path, object } of world.objects) await api.mustPost(path, object)
  await api.settled()
  const questions = await inTurns(world.questions, (it) => review(api, it))
  const attempts = await inTurns(world.attempts, (it) => tryTo(api, it))
  api.close()
  return { questions: questions.join(''), attempts }
}

const namespaceOf = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

async function review(api: Api, { user, groups, ...attributes }: Question): Promise<'y' | 'n'> {
  const spec = { user, groups, ...attributes }
  const answer = await api.mustPost(reviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec,
  })
  return answer.status.allowed ? 'y' : 'n'
}

/** Without storing it. */
async function tryTo(api: Api, { user, groups, path, object }: Attempt): Promise<number> {
  const headers = { 'impersonate-user': user, 'impersonate-group': [...groups] }
  return (await api.post(`${path}?dryRun=All`, object, headers)).status
}

async function inTurns<T, R>(all: readonly T[], one: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let n = 0; n < all.length; n += 20)
    results.push(...(await Promise.all(all.slice(n, n + 20).map((item) => one(item)))))
  return results
}

interface Response {
  readonly status: number
  readonly body: string
}

class Api {
  readonly #server: string
  readonly #options: RequestOptions

  static async open(kubeconfig: string): Promise<Api> {
    const config = new KubeConfig()
    config.loadFromFile(kubeconfig)
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    const { ca, cert, key, rejectUnauthorized } = options
    const agent = new Agent({ keepAlive: true, maxSockets: 20, ca, cert, key, rejectUnauthorized })
    return new Api(config.getCurrentCluster()?.server ?? '', { ...options, agent })
  }

  private constructor(server: string, options: RequestOptions) {
    this.#server = server
    this.#options = options
  }

  close(): void {
    const { agent } = this.#options
    if (agent instanceof Agent) agent.destroy()
  }

  /** The roles were written; a server with caches needs a moment until all are in force. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 3000))
  }

  async mustPost(path: string, object: object): Promise<{ status: { allowed?: boolean } }> {
    const { status, body } = await this.post(path, object)
    if (status !== 201) throw new Error(`POST ${path} gave ${status}: ${body}`)
    return JSON.parse(body)
  }

  post(path: string, object: object, headers: Record<string, string | string[]> = {}): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const all = { ...this.#options.headers, 'content-type': 'application/json', ...headers }
    const options = { ...this.#options, method: 'POST', headers: all }
    const call = request(new URL(path, this.#server), options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    call.on('error', reject)
    call.end(JSON.stringify(object))
    return promise
  }
}
