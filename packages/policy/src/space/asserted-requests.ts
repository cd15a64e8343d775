/** The HTTP requests that an assertion speaks of: one of each class that it, or a rule, can tell apart. */
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch } from '../model/rule.ts'
import type { Connectivity } from './connectivity.ts'
import { distinctRequests, exampleOf } from './http-requests.ts'
import { Requests } from './requests.ts'
import type { Traffic } from './traffic.ts'

export const everyRequest: HttpMatch = { methods: undefined, paths: undefined, headers: undefined }

export interface AssertedRequest {
  /** What rules are asked about. */
  readonly request: HttpRequest
  /** What a proof shows: they are of the same class. */
  readonly example: HttpRequest
}

export class AssertedRequests {
  readonly #requests: Requests
  /** By what is asserted, and what rules of the receiver ask. */
  readonly #known = new Map<HttpMatch, Map<readonly HttpMatch[], AssertedRequest[]>>()

  constructor(map: Connectivity) {
    this.#requests = new Requests(map)
  }

  /** Undefined alone where an assertion is about connections. */
  of(http: HttpMatch | undefined, destination: number): readonly (AssertedRequest | undefined)[] {
    if (http === undefined) return connectionsAlone
    const byRules = this.#known.get(http) ?? new Map<readonly HttpMatch[], AssertedRequest[]>()
    this.#known.set(http, byRules)
    const rules = this.#requests.matchesAt(destination)
    const found = byRules.get(rules) ?? assertedOf(http, rules)
    byRules.set(rules, found)
    return found
  }

  allowedAcross(source: number, destination: number, { request }: AssertedRequest): Traffic {
    return this.#requests.allowedAcross(source, destination, request)
  }
}

const connectionsAlone = [undefined]

function assertedOf(http: HttpMatch, rules: readonly HttpMatch[]): AssertedRequest[] {
  const matches = [...rules, http]
  return distinctRequests(matches)
    .filter((request) => matchesHttp(http, request))
    .map((request) => ({ request, example: exampleOf(request, matches) }))
}
