/** What requests hold of the server while they are under way: a place among all, and memory for bodies and answers. */
import type { User } from '../authentication/user.ts'
import { parsePath } from '../routing/parse-path.ts'
import { requestSubject } from '../routing/request-subject.ts'
import { ApiError, tooManyRequests } from '../status/api-error.ts'
import { ByteBudget, type Holder } from './byte-budget.ts'
import type { Limits } from './limits.ts'
import type { RequestTarget } from './request-target.ts'
import { RequestsUnderWay } from './requests-under-way.ts'

/** Requests of nobody on one connection whose answers were not taken. Who has more of them does not want answers. */
const maxAnonymousOnConnection = 10

/** The connection should be closed: to answer would only give its client more of what it does not take. */
export class FloodError extends Error {
  override readonly name = 'FloodError'
}

export class Capacity {
  readonly requests: RequestsUnderWay
  readonly bodies: ByteBudget
  readonly answers: ByteBudget
  readonly #anonymous = new WeakMap<object, number>()

  constructor({ requests, bytes }: Pick<Limits, 'requests' | 'bytes'>) {
    this.requests = new RequestsUnderWay(requests)
    this.bodies = new ByteBudget(bytes.bodies)
    this.answers = new ByteBudget(bytes.answers)
  }

  /** Throws a FloodError. */
  countAnonymous(connection: object): void {
    const count = (this.#anonymous.get(connection) ?? 0) + 1
    if (count > maxAnonymousOnConnection) throw new FloodError()
    this.#anonymous.set(connection, count)
  }

  forgetAnonymous(connection: object): void {
    this.#anonymous.set(connection, (this.#anonymous.get(connection) ?? 0) - 1)
  }
}

/** Of one request. Whatever happened, `end` gives everything back. */
export class Claim {
  readonly #capacity: Capacity
  readonly #connection: object
  #holder: Holder
  #isAnonymous = false
  #bodyBytes = 0
  #answerBytes = 0
  #leave = (): void => undefined

  constructor(capacity: Capacity, connection: object) {
    this.#capacity = capacity
    this.#connection = connection
    this.#holder = { user: '', connection }
  }

  /** Takes a place among the requests under way. Throws a 429, or a FloodError. */
  enter(user: User | undefined, method: string, target: RequestTarget): void {
    const { requests, answers } = this.#capacity
    if (user === undefined) this.#enterAnonymous()
    else this.#holder = { user: `user ${user.name}`, connection: this.#connection }
    const verb = verbOf(method, target)
    // It stays as long as it likes.
    if (verb === 'watch') return
    // Only lists may be large. Refused before the work is done, and not only when it is known how large they are.
    if (verb === 'list' && !answers.hasRoom(this.#holder)) throw tooManyRequests()
    const leave = requests.enter(user, readingVerbs.includes(verb) ? 'reading' : 'mutating')
    if (leave === undefined) throw tooManyRequests()
    this.#leave = leave
  }

  /** Of the body, so many bytes more. Throws a 429. */
  takeBody(bytes: number): void {
    if (!this.#capacity.bodies.take(this.#holder, bytes)) throw tooManyRequests()
    this.#bodyBytes += bytes
  }

  returnBody(): void {
    this.#capacity.bodies.giveBack(this.#holder, this.#bodyBytes)
    this.#bodyBytes = 0
  }

  /**
   * The answer is made. Nobody's place is free then, or a few that do not take their answers could keep probes of health
   * out; a user's only when it has been taken, since users have no more than their own share to lose.
   */
  answered(): void {
    this.returnBody()
    if (this.#isAnonymous) this.#leavePlace()
  }

  /** Throws a 429. */
  takeAnswer(bytes: number): void {
    if (!this.#capacity.answers.take(this.#holder, bytes)) throw tooManyRequests()
    this.#answerBytes += bytes
  }

  end(): void {
    this.returnBody()
    this.#capacity.answers.giveBack(this.#holder, this.#answerBytes)
    this.#answerBytes = 0
    if (this.#isAnonymous) this.#capacity.forgetAnonymous(this.#connection)
    this.#isAnonymous = false
    this.#leavePlace()
  }

  #enterAnonymous(): void {
    this.#capacity.countAnonymous(this.#connection)
    this.#isAnonymous = true
  }

  #leavePlace(): void {
    this.#leave()
    this.#leave = () => undefined
  }
}

const readingVerbs = ['get', 'list', 'head']

function verbOf(method: string, { pathname, query }: RequestTarget): string {
  try {
    return requestSubject(parsePath(pathname), { method, query }).verb
  } catch (error) {
    // A query that can't be read. The API says so, after it has seen who asks.
    if (error instanceof ApiError) return method.toLowerCase()
    throw error
  }
}
