/** What is compiled decides as the walk over all rules does, in worlds that change: by the same rule, with the same trace. */
import { flowOf, hostWorlds, knownNames, packets, smallCast, withDomains } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Flow, FlowPeer } from '../../model/flow.ts'
import { protocols } from '../../model/protocol.ts'
import type { Rule } from '../../model/rule.ts'
import { StateBuilder } from '../../state/build-state.ts'
import type { EffectivePolicy } from '../../state/effective-policy.ts'
import { followWorlds } from '../../state/follow-worlds.testkit.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { directions, policiesOf } from '../../state/state-text.testkit.ts'
import { matchesRule } from '../match-rule.ts'
import { RuleWalk } from '../rule-walk.ts'
import { traceOf } from '../walk-tiers.ts'
import { CompiledPolicy } from './compiled-policy.ts'
import { RuleIndex } from './rule-index.ts'

const asked = fc.sample(packets(smallCast), { numRuns: 24, seed: 5 })
const names = fc.sample(knownNames, { numRuns: 24, seed: 5 })
const stages = ['Untracked', 'PreDNAT', 'Normal', 'Forward'] as const

/** What is asked of each world, and whether addresses are known by names. */
const kinds = [
  ['', hostWorlds(smallCast)],
  [', where names are known', withDomains(hostWorlds(smallCast))],
] as const

test.each(kinds)(
  'every trace is that of the walk, also of what was compiled before others came and went%s',
  (_, worlds) => {
    let builder = new StateBuilder()
    let compiled = new WeakMap<EffectivePolicy, CompiledPolicy>()
    followWorlds(({ changes, isFirst }) => {
      if (isFirst) builder = new StateBuilder()
      if (isFirst) compiled = new WeakMap()
      const { state } = builder.update(changes)
      const flows = flowsIn(state)
      for (const policy of effectivePolicies(state)) {
        const form = compiled.get(policy) ?? new CompiledPolicy(policy)
        compiled.set(policy, form)
        const walked = flows.map((flow) => traceOf(policy, new RuleWalk(policy, flow)))
        expect(flows.map((flow) => traceOf(policy, form.search(flow)))).toEqual(walked)
      }
    }, worlds)
  },
  300_000,
)

test.each(kinds)(
  'whatever matches is among the candidates, of however many rules, and while others come and go%s',
  (_, worlds) => {
    let builder = new StateBuilder()
    let known: Indexed = { rules: [], indexes: [] }
    followWorlds(({ changes, isFirst, isLast }) => {
      if (isFirst) builder = new StateBuilder()
      const { state, delta } = builder.update(changes)
      const areSame = delta.policies.gone.length + delta.policies.come.length === 0
      if (isFirst || !areSame) known = indexed(manyRules(state))
      expect(flowsIn(state).flatMap((flow) => missed(flow, known))).toEqual([])
      if (isLast) known = { rules: [], indexes: [] }
    }, worlds)
  },
  300_000,
)

interface Indexed {
  readonly rules: readonly Rule[]
  readonly indexes: readonly RuleIndex[]
}

function indexed(rules: readonly Rule[]): Indexed {
  return { rules, indexes: directions.map((direction) => new RuleIndex(rules, direction)) }
}

/** Rules that match and are not found. */
function missed(flow: Flow, { rules, indexes }: Indexed): Rule[] {
  const matching = [...rules.keys()].filter((at) => matchesRule(rules[at] as Rule, flow))
  return indexes.flatMap((index) => {
    const candidates = index.candidates(flow)
    return matching.filter((at) => candidates.next(at) !== at).map((at) => rules[at] as Rule)
  })
}

/** Each several times over, so that groups of rules are no small ones. */
function manyRules(state: PolicyState): Rule[] {
  const rules = policiesOf(state).flatMap(({ ingress, egress }) => [...ingress, ...egress])
  return Array.from({ length: 9 }, () => rules).flat()
}

/** Each as it is, and known by names, which count where rules have domains; some also without an address at either end, with one that is not the sender's, and as ICMP that no kernel would send. */
function flowsIn(state: PolicyState): Flow[] {
  return asked.flatMap((packet, i) => {
    const flow = withNames(flowOf(state, packet), i)
    if (i % 3 === 0) return [flow, { ...flow, source: hidden(flow.source) }]
    if (i % 3 === 1) return [flow, { ...flow, destination: hidden(flow.destination) }]
    const forged = { ...flow, source: { ...flow.source, address: flow.destination.address } }
    return [flow, forged, { ...flow, protocol: protocols.icmp, icmp: { type: 8, code: 0 } }]
  })
}

function withNames({ source, destination, ...rest }: Flow, index: number): Flow {
  const [own = [], far = []] = [names[index], names[names.length - 1 - index]]
  return { ...rest, source: { ...source, names: own }, destination: { ...destination, names: far } }
}

/** A workload whose address nobody knows yet. */
function hidden(peer: FlowPeer): FlowPeer {
  return peer.endpoint === undefined ? peer : { ...peer, address: undefined }
}

function effectivePolicies(state: PolicyState): EffectivePolicy[] {
  const ofWorkloads = [...state.endpoints.values()].flatMap((endpoint) =>
    directions.flatMap((to) => [state.effectivePolicy(endpoint, to), state.stagedPolicy(endpoint, to)]),
  )
  const ofHosts = [...state.hostEndpoints.values()].flatMap((host) =>
    stages.flatMap((stage) => directions.map((to) => state.effectiveHostPolicy(host, stage, to))),
  )
  return [...new Set([...ofWorkloads, ...ofHosts])].filter((policy) => policy !== undefined)
}
