import type { Endpoint } from '../model/endpoint.ts'
import type { Delta } from './delta.ts'
import { Groups } from './groups.ts'

/** Finds endpoints by texts that only one should have. It is made when it is first asked: an agent never does. */
export class EndpointIndex {
  readonly #all: Iterable<Endpoint>
  readonly #textsOf: (endpoint: Endpoint) => readonly string[]
  #groups: Groups<Endpoint> | undefined

  /** `all` are those that there are at the time. */
  constructor(all: Iterable<Endpoint>, textsOf: (endpoint: Endpoint) => readonly string[]) {
    this.#all = all
    this.#textsOf = textsOf
  }

  /** Mostly one. */
  all(text: string): ReadonlySet<Endpoint> {
    this.#groups ??= this.#group()
    return this.#groups.of(text)
  }

  /** Of several, as there may be for a moment, the first by key. */
  find(text: string): Endpoint | undefined {
    let first: Endpoint | undefined
    for (const endpoint of this.all(text)) {
      if (first === undefined || endpoint.key < first.key) first = endpoint
    }
    return first
  }

  update({ gone, come }: Delta<Endpoint>): void {
    if (this.#groups === undefined) return
    for (const endpoint of gone) this.#leave(this.#groups, endpoint)
    for (const endpoint of come) this.#enter(this.#groups, endpoint)
  }

  #group(): Groups<Endpoint> {
    const groups = new Groups<Endpoint>()
    for (const endpoint of this.#all) this.#enter(groups, endpoint)
    return groups
  }

  #enter(groups: Groups<Endpoint>, endpoint: Endpoint): void {
    for (const text of this.#textsOf(endpoint)) groups.add(text, endpoint)
  }

  #leave(groups: Groups<Endpoint>, endpoint: Endpoint): void {
    for (const text of this.#textsOf(endpoint)) groups.delete(text, endpoint)
  }
}
