/** A state that followed changes is the one that is built from nothing, and the delta says exactly what changed. */
import { smallCast } from '@margay/testkit'
import { expect, test } from 'vitest'
import { buildPolicyState, StateBuilder } from './build-state.ts'
import type { Delta } from './delta.ts'
import { followWorlds } from './follow-worlds.testkit.ts'
import { selects } from './policy-index.ts'
import type { PolicyState } from './policy-state.ts'
import type { StateDelta } from './state-delta.ts'
import { directions, policiesOf, textOf } from './state-text.testkit.ts'

const nodes = [...smallCast.nodes.map(({ name }) => name), 'unknown']

test('a state that followed changes answers as one that is built from nothing', () => {
  let builder = new StateBuilder()
  followWorlds(({ changes, current, isFirst }) => {
    if (isFirst) builder = new StateBuilder()
    const updated = builder.update(changes)
    expect(textOf(updated, nodes)).toEqual(textOf(buildPolicyState(current), nodes))
  })
}, 300_000)

test('the delta is the difference, and what it does not concern is the same object', () => {
  let builder = new StateBuilder()
  let before = seen(builder.build([]).state)
  followWorlds(({ changes, isFirst }) => {
    if (isFirst) builder = new StateBuilder()
    if (isFirst) before = seen(builder.build([]).state)
    const { state, delta } = builder.update(changes)
    const after = seen(state)
    expectDifference(delta.endpoints, before.endpoints, after.endpoints)
    expectDifference(delta.hostEndpoints, before.hostEndpoints, after.hostEndpoints)
    expectDifference(delta.networkSets, before.networkSets, after.networkSets)
    expectDifference(delta.policies, before.policies, after.policies)
    expectDifference(delta.stagedPolicies, before.stagedPolicies, after.stagedPolicies)
    if (!delta.isWhole) {
      for (const [what, object] of after.whole) {
        if (before.whole.has(what)) expect(before.whole.get(what), what).toEqual(object)
      }
      expectSamePolicies(before, after, delta)
    }
    before = after
  })
}, 300_000)

type Seen = ReturnType<typeof seen>

/** The objects of a state, before the next one takes its place. */
function seen(state: PolicyState) {
  const endpoints = new Set(state.endpoints.values())
  const hosts = new Set(state.hostEndpoints.values())
  return {
    endpoints,
    hostEndpoints: hosts,
    networkSets: new Set(state.networkSets),
    policies: new Set(policiesOf(state)),
    stagedPolicies: new Set(policiesOf({ tiers: state.stagedTiers })),
    effective: new Map(
      [...endpoints].map((it) => [it, directions.map((to) => state.effectivePolicy(it, to))] as const),
    ),
    effectiveOfHosts: new Map([...hosts].map((it) => [it, stagesOf(state, it)] as const)),
    whole: new Map<string, unknown>([
      ...nodes.map((node) => [`settings of ${node}`, state.settingsOf(node)] as const),
      ...[...hosts].flatMap((it) => state.profilesOf(it)).map((it) => [`profile ${it.name}`, it] as const),
      ...state.tiers
        .filter(({ exists }) => exists)
        .map(({ policies: _, ...it }) => [`tier ${it.name}`, it] as const),
      ['tiers', state.tiers.filter(({ exists }) => exists).map(({ name }) => name)],
    ]),
  }
}

function stagesOf(state: PolicyState, host: Parameters<PolicyState['effectiveHostPolicy']>[0]) {
  return (['Untracked', 'PreDNAT', 'Normal', 'Forward'] as const).flatMap((stage) =>
    directions.map((direction) => state.effectiveHostPolicy(host, stage, direction)),
  )
}

function expectDifference<T>({ gone, come }: Delta<T>, before: ReadonlySet<T>, after: ReadonlySet<T>): void {
  expect(gone.every((it) => before.has(it) && !after.has(it))).toBe(true)
  expect(come.every((it) => after.has(it) && !before.has(it))).toBe(true)
  expect([gone.length, come.length]).toEqual([before.difference(after).size, after.difference(before).size])
}

/** Of endpoints that no policy selects that changed. */
function expectSamePolicies(before: Seen, after: Seen, { policies }: StateDelta): void {
  const changed = [...policies.gone, ...policies.come]
  for (const side of ['effective', 'effectiveOfHosts'] as const) {
    for (const [endpoint, now] of after[side] as ReadonlyMap<Labelled, readonly unknown[]>) {
      const known = (before[side] as ReadonlyMap<Labelled, readonly unknown[]>).get(endpoint)
      if (known === undefined || changed.some((policy) => selects(policy, endpoint.labels))) continue
      expect(known.every((policy, i) => policy === now[i])).toBe(true)
    }
  }
}

interface Labelled {
  readonly labels: ReadonlyMap<string, string>
}
