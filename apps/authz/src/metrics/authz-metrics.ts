/** What is counted of checks, for Prometheus. */

import type { Metric, Sample } from '@margay/metrics'
import type { Refusal } from '../codec/refused-check-error.ts'
import { type Judgement, type Reason, reasons } from '../judge/judgement.ts'

/** Upper ends in seconds: a check takes some ten microseconds, and one that waits for its turn up to milliseconds. */
const bounds = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05]

/** What is known at the moment of reading. */
export interface CurrentFacts {
  readonly isReady: boolean
  /** The newest resourceVersion that is followed; undefined where there is no number. */
  readonly revision: string | undefined
  readonly droppedLines: number
}

export class AuthzMetrics {
  readonly #checks = new Map<string, number>()
  readonly #buckets = bounds.map(() => 0)
  #count = 0
  #seconds = 0
  readonly #refused = new Map<Refusal, number>()
  #disagreements = 0
  #errors = 0

  /** One that was answered. */
  judged({ verdict, reason, disagrees }: Pick<Judgement, 'verdict' | 'reason' | 'disagrees'>): void {
    const key = keyOf(verdict, reason)
    this.#checks.set(key, (this.#checks.get(key) ?? 0) + 1)
    if (disagrees) this.#disagreements++
  }

  /** One that was denied for its form, before anyone looked at policy. */
  refused(refusal: Refusal): void {
    this.#refused.set(refusal, (this.#refused.get(refusal) ?? 0) + 1)
  }

  /** A mistake of ours. */
  failed(): void {
    this.#errors++
  }

  /** How long one took that was answered. */
  took(seconds: number): void {
    this.#count++
    this.#seconds += seconds
    const at = bounds.findIndex((bound) => seconds <= bound)
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
  }

  read({ isReady, revision, droppedLines }: CurrentFacts): readonly Metric[] {
    return [
      { ...described.checks, samples: this.#checkSamples() },
      { ...described.duration, samples: this.#durationSamples() },
      { ...described.refused, samples: this.#refusedSamples() },
      { ...described.disagreements, samples: [sample(this.#disagreements)] },
      { ...described.errors, samples: [sample(this.#errors)] },
      { ...described.dropped, samples: [sample(droppedLines)] },
      { ...described.synced, samples: [sample(isReady ? 1 : 0)] },
      { ...described.revision, samples: revision === undefined ? [] : [sample(Number(revision))] },
    ]
  }

  /** Each reason that may deny is there from the start, so that its first time is seen as a rise. */
  #checkSamples(): Sample[] {
    const verdicts: readonly Judgement['verdict'][] = ['Allow', 'Deny']
    const all = verdicts.flatMap((verdict) => reasons.map((reason) => ({ verdict, reason })))
    return all
      .filter(({ verdict, reason }) => verdict === mostly[reason] || reason === 'Policy')
      .map((labels) => ({ labels, value: this.#checks.get(keyOf(labels.verdict, labels.reason)) ?? 0 }))
  }

  #refusedSamples(): Sample[] {
    return Array.from(this.#refused, ([refusal, value]) => ({ labels: { refusal }, value }))
  }

  #durationSamples(): Sample[] {
    let sum = 0
    const buckets = bounds.map((bound, i) => {
      sum += this.#buckets[i] ?? 0
      return { suffix: '_bucket', labels: { le: String(bound) }, value: sum }
    })
    return [
      ...buckets,
      { suffix: '_bucket', labels: { le: '+Inf' }, value: this.#count },
      { suffix: '_sum', labels: {}, value: this.#seconds },
      { suffix: '_count', labels: {}, value: this.#count },
    ]
  }
}

const mostly = Object.fromEntries(
  reasons.map((reason) => [reason, reason === 'Self' ? 'Allow' : 'Deny']),
) as Readonly<Record<Reason, Judgement['verdict']>>

const described = {
  checks: counter('checks_total', 'Checks that were answered, by verdict and by what decided'),
  duration: {
    name: 'margay_authz_check_duration_seconds',
    type: 'histogram',
    help: 'How long it took to judge a check, without its transport',
  },
  refused: counter(
    'checks_refused_total',
    'Checks that were denied for their form, such as one with too many headers',
  ),
  disagreements: counter(
    'identity_disagreements_total',
    'Checks whose identity was trusted, though no pod of its service account has the address',
  ),
  errors: counter('errors_total', 'Checks that were denied because of a mistake of the service'),
  dropped: counter('log_lines_dropped_total', 'Lines of the decision log that nobody took in time'),
  synced: gauge('synced', 'Whether policy is known, so that checks are answered'),
  revision: gauge('policy_revision', 'The newest resourceVersion that is followed'),
} as const

function counter(name: string, help: string) {
  return { name: `margay_authz_${name}`, type: 'counter', help } as const
}

function gauge(name: string, help: string) {
  return { name: `margay_authz_${name}`, type: 'gauge', help } as const
}

function sample(value: number): Sample {
  return { labels: {}, value }
}

function keyOf(verdict: Judgement['verdict'], reason: Reason): string {
  return `${verdict} ${reason}`
}
