/**
 * What is the smallest change that would turn a verdict round? Candidates are tried one by one: what is proposed was applied to the
 * resources, and evaluated. The best changes the fewest other connections; of those the least.
 */
import type { Pod, Resource } from '@margay/resources'
import type { Route } from '../../evaluate/evaluate-route.ts'
import { readPolicy } from '../../lower/read-policy.ts'
import type { Flow } from '../../model/flow.ts'
import { formatPolicyRef } from '../../model/policy.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import type { ExplainedStage } from '../explain-route.ts'
import { candidates } from './candidates.ts'
import { type Change, together } from './change.ts'
import { type Effect, OtherConnections } from './other-connections.ts'
import { flowQuestion, type Question, routeQuestion } from './question.ts'
import type { Originals } from './turn.ts'
import { flowIn, WhatIf } from './what-if.ts'

export interface Proposal {
  /** One, or one for each side where both deny. */
  readonly changes: readonly Change[]
  readonly effect: Effect
}

/** How many candidates are tried for each side. */
const mostTried = 60
/** Of how many it is found out what they do to others. */
const mostCompared = 30
/** Of each side where both deny. */
const mostCombined = 4

/** Best first; empty where no change of policy or labels that is known here turns the verdict. The flow may be of another state of these resources. */
export function smallestChanges(resources: readonly Resource[], asked: Flow): Proposal[] {
  return changesFor(resources, flowQuestion(asked))
}

/** The same of a connection from or to a node. */
export function smallestRouteChanges(resources: readonly Resource[], asked: Route): Proposal[] {
  return changesFor(resources, routeQuestion(asked))
}

/** A question, and what is there to answer it. */
interface Search {
  readonly question: Question
  readonly world: WhatIf
  readonly originals: Originals
  readonly others: OtherConnections
}

function changesFor(resources: readonly Resource[], question: Question): Proposal[] {
  const world = new WhatIf(resources)
  const others = new OtherConnections(question.route, world)
  const search = { question, world, originals: originalsOf(resources), others }
  const stages = question.stagesIn(world.state)
  const options = stages.map((stage) => optionsAt(stage, search))
  const found = options.flat().filter((it) => turns([it], search))
  const isDenied = question.verdictIn(world.state) === 'Deny'
  const pairs = isDenied ? pairsOf(options, found.length > 0, search) : []
  return ranked([...found.map((change) => [change]), ...pairs], search)
}

/** Where two places deny, both have to be changed. */
function pairsOf(options: readonly Change[][], isFound: boolean, search: Search): (readonly Change[])[] {
  const [first = [], second] = options
  if (second !== undefined) return combined(first, second, search)
  return isFound ? [] : chained(first, search)
}

/** Changes that turn what is done at one place. */
function optionsAt(stage: ExplainedStage, search: Search): Change[] {
  const { question, world } = search
  return changesAt(stage, world.state, search).filter(
    (it) => world.after([it], (after) => question.actionAt(stage, after)) !== stage.action,
  )
}

function changesAt(side: ExplainedStage, state: PolicyState, { question, originals }: Search): Change[] {
  const flow = flowIn(state, question.route.flow)
  return distinct(candidates({ state, flow, side, originals }).slice(0, mostTried))
}

function distinct(changes: readonly Change[]): Change[] {
  const byText = new Map(
    changes.map((it) => [JSON.stringify([it.before?.kind, it.before?.metadata, it.patch, it.after]), it]),
  )
  return [...byText.values()]
}

function turns(changes: readonly Change[], { question, world }: Search): boolean {
  const before = question.verdictIn(world.state)
  return world.after(changes, (state) => question.verdictIn(state)) !== before
}

/** The best of the one side with the best of the other, where none does it alone. */
function combined(
  first: readonly Change[],
  second: readonly Change[],
  search: Search,
): (readonly Change[])[] {
  const others = bestOf(second, search)
  return bestOf(first, search)
    .flatMap((one) => others.map((other) => together(one, other)))
    .filter((it) => it !== undefined)
    .filter((it) => turns(it, search))
}

/** The best of the place that denies with what turns the next one, which nobody asked before. */
function chained(first: readonly Change[], search: Search): (readonly Change[])[] {
  const { question, world } = search
  return bestOf(first, search).flatMap((one) => {
    const next = world.after([one], (state) =>
      question.stagesIn(state).flatMap((stage) => changesAt(stage, state, search)),
    )
    const pairs = next.map((other) => together(one, other)).filter((it) => it !== undefined)
    return pairs.filter((it) => turns(it, search))
  })
}

function bestOf(changes: readonly Change[], search: Search): Change[] {
  const alone = changes.map((it) => [it])
  return ranked(alone, search)
    .slice(0, mostCombined)
    .flatMap(({ changes }) => changes)
}

function ranked(changes: readonly (readonly Change[])[], { others }: Search): Proposal[] {
  const proposals = changes.slice(0, mostCompared).map((it) => ({ changes: it, effect: others.effectOf(it) }))
  return proposals.sort((a, b) => compareLists(costOf(a), costOf(b)))
}

/** First what it does to others, then whether it takes something away from a pod or from all, then how long it is. */
function costOf({ changes, effect }: Proposal): number[] {
  const drastic = changes.filter(({ kind }) => kind === 'RemovePolicy' || kind === 'RemoveLabel').length
  const size = changes.reduce((sum, it) => sum + it.size, 0)
  return [effect.isComplete ? 0 : 1, effect.others, effect.elsewhere, changes.length, drastic, size]
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((it, at) => it !== b[at])
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0)
}

function originalsOf(resources: readonly Resource[]): Originals {
  const nodes = resources.filter((it) => it.kind === 'Node')
  const policies = resources.flatMap((it): [string, Resource][] => {
    const source = readPolicy(it, nodes)
    return source === undefined ? [] : [[formatPolicyRef(source.ref), it]]
  })
  const pods = resources.filter((it): it is Pod => it.kind === 'Pod')
  return {
    policies: new Map(policies),
    pods: new Map(pods.map((it) => [`${it.metadata.namespace}/${it.metadata.name}`, it])),
  }
}
