/**
 * What is the smallest change that would turn a verdict round? Candidates are tried one by one: what is proposed was applied to the
 * resources, and evaluated. The best changes the fewest other connections; of those the least.
 */
import type { Pod, Resource } from '@margay/resources'
import { evaluate } from '../../evaluate/evaluate.ts'
import { judgeWorkload } from '../../evaluate/judge-workload.ts'
import { readPolicy } from '../../lower/read-policy.ts'
import type { Flow } from '../../model/flow.ts'
import { formatPolicyRef } from '../../model/policy.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { type ExplainedSide, explainFlow } from '../explain-flow.ts'
import { candidates } from './candidates.ts'
import { type Change, together } from './change.ts'
import { type Effect, effectOf } from './other-connections.ts'
import type { Originals, Turn } from './turn.ts'
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
  const world = new WhatIf(resources)
  const flow = flowIn(world.state, asked)
  const { decision, egress, ingress } = explainFlow(world.state, flow)
  const sides = [egress, ingress].filter((side) => side !== undefined)
  const turning = sides.filter(({ verdict }) => verdict === decision.verdict)
  const originals = originalsOf(resources)
  const options = turning.map((side) => optionsAt(side, { flow, originals }, world))
  const whole = options.flat().filter((it) => turns([it], flow, world))
  const found = whole.map((change) => [change])
  const [first = [], second = []] = options
  const pairs =
    decision.verdict === 'Deny' && turning.length === 2 ? combined(first, second, flow, world) : []
  return ranked([...found, ...pairs], flow, world)
}

/** Changes that turn what one side says. */
function optionsAt(
  side: ExplainedSide,
  { flow, originals }: Pick<Turn, 'flow' | 'originals'>,
  world: WhatIf,
): Change[] {
  const { state } = world
  const all = candidates({ state, flow: flowIn(state, flow), side, originals }).slice(0, mostTried)
  return distinct(all).filter(
    (it) => world.after([it], (after) => sideIn(after, side, flow)) !== side.verdict,
  )
}

function sideIn(state: PolicyState, { direction }: ExplainedSide, flow: Flow): string {
  const now = flowIn(state, flow)
  const endpoint = direction === 'Egress' ? now.source.endpoint : now.destination.endpoint
  return endpoint === undefined ? 'Allow' : judgeWorkload(state, endpoint, direction, now).verdict
}

function distinct(changes: readonly Change[]): Change[] {
  const byText = new Map(
    changes.map((it) => [JSON.stringify([it.before?.kind, it.before?.metadata, it.patch, it.after]), it]),
  )
  return [...byText.values()]
}

function turns(changes: readonly Change[], flow: Flow, world: WhatIf): boolean {
  const before = evaluate(world.state, flowIn(world.state, flow)).verdict
  return world.after(changes, (state) => evaluate(state, flowIn(state, flow)).verdict) !== before
}

/** The best of the one side with the best of the other, where none does it alone. */
function combined(
  first: readonly Change[],
  second: readonly Change[],
  flow: Flow,
  world: WhatIf,
): (readonly Change[])[] {
  const best = (changes: readonly Change[]) =>
    ranked(
      changes.map((it) => [it]),
      flow,
      world,
    )
      .slice(0, mostCombined)
      .flatMap(({ changes }) => changes)
  const [ones, others] = [best(first), best(second)]
  return ones
    .flatMap((one) => others.map((other) => together(one, other)))
    .filter((it) => it !== undefined)
    .filter((it) => turns(it, flow, world))
}

function ranked(changes: readonly (readonly Change[])[], flow: Flow, world: WhatIf): Proposal[] {
  const proposals = changes
    .slice(0, mostCompared)
    .map((it) => ({ changes: it, effect: effectOf(it, flow, world) }))
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
