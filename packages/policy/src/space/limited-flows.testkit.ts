/** What tests of requests that connections carry have in common. */
import type { HttpRequest } from '../model/flow.ts'
import { partsWith } from './http-requests.testkit.ts'
import type { RequestLimit } from './limited-flows.ts'

/** By the names of requests alone. */
export function carries(limit: RequestLimit | undefined, request: HttpRequest): boolean {
  return limit === undefined || partsWith(request, limit.requests, limit.among).length > 0
}
