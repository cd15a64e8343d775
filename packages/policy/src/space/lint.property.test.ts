/**
 * What is said to be in vain can go: without it not one connection, and not one HTTP request, is gained or lost, and no host endpoint decides
 * otherwise, in random worlds.
 */
import { admit, type ResourceObject } from '@margay/resources'
import { admitAll, formatManifest, hostWorlds, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PolicyRef } from '../model/policy.ts'
import { differencesBetween } from './difference.ts'
import { headerWorlds } from './header-worlds.testkit.ts'
import { type Finding, lintPolicies } from './lint.ts'
import { unmatchedRequests } from './unmatched-requests.ts'
import { runs, stateOf } from './worlds.testkit.ts'

const { numRuns } = runs(process.env, 100)

test.each([
  ['in any world', fc.oneof(worlds(smallCast), hostWorlds(smallCast)), numRuns],
  ['where many rules ask for HTTP requests', headerWorlds(smallCast), numRuns / 2],
])('what lint finds in vain can go, %s', { timeout: 60_000 + numRuns * 1000 }, (_name, anyWorld, runs) => {
  let removed = 0
  fc.assert(
    fc.property(anyWorld, (objects) => {
      const before = stateOf(objects)
      for (const finding of lintPolicies(before).slice(0, 6)) {
        const without = withoutIt(objects, finding)
        if (without === undefined) continue
        removed++
        for (const version of [4, 6] as const) {
          const changes = differencesBetween({ state: before }, { state: stateOf(without) }, version)
          const { connections, requests, hosts } = changes
          if (connections.length + requests.length + hosts.length > 0)
            expect.fail(`${JSON.stringify(finding)}\n${formatManifest(objects)}`)
        }
      }
    }),
    { numRuns: Math.ceil(runs) },
  )
  expect(removed).toBeGreaterThan(runs / 4)
})

test('a rule that says again what the one before it says is found', {
  timeout: 60_000 + numRuns * 300,
}, () => {
  let repeated = 0
  fc.assert(
    fc.property(headerWorlds(smallCast), fc.nat(), (objects, choice) => {
      const asking = objects.filter((object) => rulesOf(object).some(asksHttp))
      const object = asking[choice % Math.max(asking.length, 1)]
      if (object === undefined) return
      const rules = rulesOf(object)
      const at = rules.findIndex(asksHttp)
      const spec = { ...(object as { spec?: object }).spec, ingress: rules.toSpliced(at, 0, rules[at]) }
      const world = objects.map((it) => (it === object ? { ...it, spec } : it))
      repeated++
      const findings = [...lintPolicies(stateOf(world)), ...unmatchedRequests(admitAll(world))]
      const found = findings.some(
        ({ policy, direction, ruleIndex }) =>
          policy?.name === nameOf(object) &&
          policy.namespace === (object.metadata.namespace ?? '') &&
          (ruleIndex === undefined || (direction === 'Ingress' && ruleIndex === at + 1)),
      )
      if (!found) expect.fail(`${JSON.stringify(object.metadata)} rule ${at + 1}\n${formatManifest(world)}`)
    }),
    { numRuns },
  )
  expect(repeated).toBeGreaterThan(numRuns / 4)
})

/** What policies in force say of ingress. */
function rulesOf(object: ResourceObject): readonly unknown[] {
  const { spec } = object as { spec?: { types?: readonly string[]; ingress?: readonly unknown[] } }
  const isInForce = ['NetworkPolicy', 'GlobalNetworkPolicy'].includes(object.kind)
  const isRead = isInForce && spec?.types?.includes('Ingress') !== false
  return object.apiVersion === 'projectcalico.org/v3' && isRead ? (spec?.ingress ?? []) : []
}

function asksHttp(rule: unknown): boolean {
  return (rule as { http?: object }).http !== undefined
}

function nameOf({ metadata }: ResourceObject): string {
  return metadata.name
}

const inVain = new Set(['rule-shadowed', 'rule-matches-nobody', 'policy-selects-nobody', 'policy-redundant'])
const kinds: Partial<Record<PolicyRef['kind'], string>> = {
  NetworkPolicy: 'projectcalico.org/v3 NetworkPolicy',
  GlobalNetworkPolicy: 'projectcalico.org/v3 GlobalNetworkPolicy',
  KubernetesNetworkPolicy: 'networking.k8s.io/v1 NetworkPolicy',
}

/** Undefined for what is not in vain, or is of a kind that this test does not take apart. */
function withoutIt(
  objects: readonly ResourceObject[],
  { check, policy, direction, ruleIndex }: Finding,
): ResourceObject[] | undefined {
  if (!inVain.has(check) || policy === undefined) return undefined
  const at = objects.findIndex(
    ({ apiVersion, kind, metadata }) =>
      `${apiVersion} ${kind}` === kinds[policy.kind] &&
      metadata.name === policy.name &&
      (metadata.namespace ?? '') === policy.namespace,
  )
  const object = objects[at]
  if (object === undefined) return undefined
  if (ruleIndex === undefined) return objects.toSpliced(at, 1)
  if (policy.kind === 'KubernetesNetworkPolicy') return undefined
  return objects.with(at, withoutRule(object, direction === 'Ingress' ? 'ingress' : 'egress', ruleIndex))
}

/** As it was admitted: which directions it governs does not depend on its rules any more. */
function withoutRule(object: ResourceObject, field: 'ingress' | 'egress', index: number): ResourceObject {
  const admission = admit(object)
  if (!admission.ok) throw new Error('it was admitted before')
  const admitted = structuredClone(admission.resource) as ResourceObject & { spec: Record<string, unknown[]> }
  return { ...admitted, spec: { ...admitted.spec, [field]: admitted.spec[field]?.toSpliced(index, 1) } }
}
