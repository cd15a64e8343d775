/**
 * What was decided, as lines of JSON: who asked whom for what, and what said so. Never headers, queries, bodies or hosts: secrets are in them.
 *
 * Bounded in every way: texts that a client chooses are cut, Log rules have a rate, and where nobody reads the lines they are dropped and
 * counted, since a check waits for nobody.
 */
import { type Decider, deciderOf } from '../judge/answer.ts'
import type { Judgement } from '../judge/judgement.ts'
import { TokenBucket } from './token-bucket.ts'

export type LoggedDecisions = 'none' | 'denied' | 'all'

/** Where lines go. */
export interface LineSink {
  write(line: string): void
  /** Bytes, or so, that were written and that nobody took yet. */
  readonly pending: number
}

export interface DecisionLogOptions {
  readonly decisions: LoggedDecisions
  readonly sink: LineSink
  readonly now: () => Date
}

const mostPending = 1024 * 1024
/** Of Log rules, as many lines a second, after as many at once. */
const logRuleRate = { perSecond: 100, burst: 500 }
const mostPathCharacters = 512
const mostMethodCharacters = 32
const mostNameCharacters = 320

export class DecisionLog {
  readonly #options: DecisionLogOptions
  readonly #rules: TokenBucket
  #dropped = 0

  constructor(options: DecisionLogOptions) {
    this.#options = options
    this.#rules = new TokenBucket(logRuleRate, options.now)
  }

  /** Lines that were not written since the start. */
  get dropped(): number {
    return this.#dropped
  }

  take(judgement: Judgement): void {
    for (const rule of judgement.logged) {
      if (this.#rules.take()) this.#write(lineOf('LogRule', this.#options.now(), judgement, rule))
      else this.#dropped++
    }
    if (!this.#isLogged(judgement)) return
    this.#write(lineOf('Decision', this.#options.now(), judgement, deciderOf(judgement.hit)))
  }

  #isLogged({ verdict, disagrees }: Judgement): boolean {
    const { decisions } = this.#options
    if (decisions === 'all') return true
    return decisions === 'denied' && (verdict === 'Deny' || disagrees)
  }

  #write(line: object): void {
    const { sink } = this.#options
    if (sink.pending > mostPending) this.#dropped++
    else sink.write(`${JSON.stringify(line)}\n`)
  }
}

/** What is undefined is not in the line. */
function lineOf(event: 'Decision' | 'LogRule', time: Date, judgement: Judgement, decider: Decider): object {
  const isDecision = event === 'Decision'
  const { method, path } = judgement
  return {
    time: time.toISOString(),
    event,
    verdict: isDecision ? judgement.verdict : undefined,
    reason: isDecision ? judgement.reason : undefined,
    direction: isDecision ? judgement.direction : undefined,
    tier: decider.tier,
    policy: decider.policy,
    rule: decider.rule,
    profile: decider.profile,
    source: cut(judgement.source, mostNameCharacters),
    destination: cut(judgement.destination, mostNameCharacters),
    port: judgement.port,
    method: method === undefined ? undefined : cut(method, mostMethodCharacters),
    path: path === undefined ? undefined : cut(path, mostPathCharacters),
    disagrees: judgement.disagrees ? true : undefined,
  }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
