/** One question, explained: what each side did, and what would turn that round. */
import {
  type Change,
  type Explanation,
  explainFlow,
  explainRoute,
  type PolicyState,
  type Proposal,
  type RouteExplanation,
  smallestChanges,
  smallestRouteChanges,
  type Verdict,
} from '@margay/policy'
import type { Io } from '../io.ts'
import { answerQueries, stateOf } from '../query/answer-queries.ts'
import type { Query } from '../query/read-queries.ts'
import { type Case, resolveQuery } from '../query/resolve-query.ts'
import type { Origins } from './origins.ts'

export interface Explained {
  readonly query: Query
  readonly verdict: Verdict | 'Mixed'
  /** One for each verdict that there is. */
  readonly connections: readonly ExplainedConnection[]
}

export interface ExplainedConnection {
  readonly from: string
  readonly to: string
  /** As destination NAT has it. */
  readonly port: number | undefined
  readonly verdict: Verdict
  /** How many of the connections that the question is about have the same verdict; this one is the first of them. */
  readonly alike: number
  /** Of workloads and addresses; undefined where a node is an end. */
  readonly sides: Explanation | undefined
  /** Undefined unless a node is an end. */
  readonly route: RouteExplanation | undefined
  /** Best first. */
  readonly proposals: readonly Proposal[]
}

const mostProposed = 2

/** Those that do no more to others than the best one, and each in another way. */
function proposed(all: readonly Proposal[]): Proposal[] {
  const best = all.filter(({ effect }) => effect.others === all[0]?.effect.others)
  const byWay = Map.groupBy(best, ({ changes }) => changes.map(wayOf).join('; '))
  return [...byWay.values()].flatMap(([first]) => first ?? []).slice(0, mostProposed)
}

function wayOf({ kind, before }: Change): string {
  return [kind, before?.kind, before?.metadata.namespace, before?.metadata.name].join(' ')
}

/** @throws CliError for a question that can't be understood */
export function explainQuery(
  origins: Origins,
  query: Query,
  io: Io,
  options: { readonly staged?: boolean },
): Explained {
  const { resources } = origins
  const state = stateOf(resources, io)
  const [answer] = answerQueries(resources, [query], silentIo, options)
  const cases = resolveQuery(query, { resources, state })
  const parts = (answer?.parts ?? []).map((part, index) => ({ part, asked: cases[index] }))
  const byVerdict = Map.groupBy(parts, ({ part }) => part.verdict)
  const connections = [...byVerdict].flatMap(([verdict, group]) => {
    const asked = group[0]?.asked
    return asked === undefined
      ? []
      : [explainCase(asked, verdict, group.length, { origins, state, ...options })]
  })
  return { query, verdict: answer?.verdict ?? 'Deny', connections }
}

/** What can't be understood of policies was told once already. */
const silentIo = { stderr: { write: () => undefined, isTerminal: false } }

interface Setting {
  readonly origins: Origins
  readonly state: PolicyState
  readonly staged?: boolean
}

function explainCase(asked: Case, verdict: Verdict, alike: number, setting: Setting): ExplainedConnection {
  const { flow, texts } = asked
  const resources = resourcesOf(setting)
  const isOfNode = asked.from !== undefined || asked.to !== undefined
  return {
    ...texts,
    port: flow.destinationPort,
    verdict,
    alike,
    sides: isOfNode ? undefined : explainFlow(setting.state, flow, { staged: setting.staged === true }),
    route: isOfNode ? routeOf(asked, setting) : undefined,
    proposals: proposed(isOfNode ? smallestRouteChanges(resources, asked) : smallestChanges(resources, flow)),
  }
}

function routeOf(asked: Case, { origins, state, staged }: Setting): RouteExplanation {
  return explainRoute(staged === true ? stateOf(origins.enforced, silentIo) : state, asked)
}

function resourcesOf({ origins, staged }: Setting) {
  return staged === true ? origins.enforced : origins.resources
}
