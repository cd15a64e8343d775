import {
  buildPolicyState,
  evaluate,
  evaluateRoute,
  formatPath,
  formatPolicyRef,
  formatReason,
  formatTrace,
  type PolicyState,
  type RouteDecision,
  type Verdict,
} from '@margay/policy'
import type { Resource } from '@margay/resources'
import type { Io } from '../io.ts'
import { warn } from '../warn.ts'
import { asEnforced, isStaged } from './as-enforced.ts'
import type { Query } from './read-queries.ts'
import { type Case, resolveQuery } from './resolve-query.ts'

export interface Answer {
  readonly query: Query
  /** Mixed: it differs between the places that an end stands for. */
  readonly verdict: Verdict | 'Mixed'
  /** One for each pair of places that policy may treat differently; at least one. */
  readonly parts: readonly Part[]
}

export interface Part {
  readonly from: string
  readonly to: string
  readonly verdict: Verdict
  /** Each tier, policy and rule that took part, one line each. */
  readonly trace: readonly string[]
  /** What denied; undefined for what is allowed. */
  readonly reason: string | undefined
  /** As `trace`, if the staged policies were enforced; undefined where they change nothing. */
  readonly staged: { readonly verdict: Verdict; readonly trace: readonly string[] } | undefined
}

export interface AnswerOptions {
  /** True: as if the staged policies were enforced. */
  readonly staged?: boolean
}

/** Answers in the order of the queries. Throws a CliError that names the query for a peer that does not exist. */
export function answerQueries(
  resources: readonly Resource[],
  queries: readonly Query[],
  io: Pick<Io, 'stderr'>,
  { staged = false }: AnswerOptions = {},
): Answer[] {
  const state = stateOf(resources, io)
  const judge = new Judge(resources, state)
  return queries.map((query) => {
    const parts = resolveQuery(query, { resources, state }).map((it) => judge.part(it, staged))
    return { query, verdict: verdictOf(parts), parts }
  })
}

/** With a warning for each part of a policy that can't be understood. */
export function stateOf(resources: readonly Resource[], io: Pick<Io, 'stderr'>): PolicyState {
  const { state, problems } = buildPolicyState(resources)
  for (const { policy, message } of problems)
    warn(`${formatPolicyRef(policy)}: ${message}; what it can't decide is denied`, io)
  return state
}

function verdictOf(parts: readonly Part[]): Answer['verdict'] {
  const [first, ...others] = new Set(parts.map(({ verdict }) => verdict))
  return first === undefined || others.length > 0 ? 'Mixed' : first
}

interface Outcome {
  readonly verdict: Verdict
  readonly trace: readonly string[]
  readonly reason: string | undefined
}

/** Judges as things are, and as they would be. */
class Judge {
  readonly #resources: readonly Resource[]
  readonly #state: PolicyState
  readonly #hasStaged: boolean
  #enforced: PolicyState | undefined

  constructor(resources: readonly Resource[], state: PolicyState) {
    this.#resources = resources
    this.#state = state
    this.#hasStaged = resources.some(isStaged)
  }

  part(asked: Case, asStaged: boolean): Part {
    const { from, to } = asked.texts
    const now = this.#outcome(asked, false)
    const staged = this.#hasStaged ? this.#outcome(asked, true) : now
    const isSame = now.verdict === staged.verdict && now.trace.join('\n') === staged.trace.join('\n')
    return { from, to, ...(asStaged ? staged : now), staged: isSame || asStaged ? undefined : staged }
  }

  /** What nodes do to packets is asked of a state of its own: their paths have no staged view. */
  #outcome(asked: Case, staged: boolean): Outcome {
    if (asked.from !== undefined || asked.to !== undefined)
      return outcomeOf(evaluateRoute(staged ? this.#asEnforced : this.#state, asked))
    const decision = evaluate(this.#state, asked.flow, { staged })
    return { verdict: decision.verdict, trace: formatTrace(decision), reason: formatReason(decision) }
  }

  get #asEnforced(): PolicyState {
    this.#enforced ??= buildPolicyState(asEnforced(this.#resources)).state
    return this.#enforced
  }
}

function outcomeOf({ verdict, stages }: RouteDecision): Outcome {
  const trace = formatPath({ verdict, isDecided: true, stages })
  return { verdict, trace, reason: verdict === 'Deny' ? trace.at(-1) : undefined }
}
