/** What tests of requests that connections carry have in common. */
import type { HttpRequest } from '../model/flow.ts'
import type { RequestLimit } from './limited-flows.ts'

/** A request by its own name, or by what stands for all others of the paths above it, and for all other methods. */
export function carries(limit: RequestLimit | undefined, { method, path = '' }: HttpRequest): boolean {
  if (limit === undefined) return true
  const name = (names: readonly string[]) => names.find((it) => limit.among.some((of) => of.method === it))
  const paths = new Set(limit.among.map((it) => it.path))
  const own = [path, ...parentsOf(path).map((it) => `${it}/…`)].find((it) => paths.has(it))
  return limit.requests.some((it) => it.method === name([method, '…']) && it.path === own)
}

/** `/a/b` for `/a/b`, then `/a`, then nothing: a prefix means its own path too. */
function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('/'))
}
