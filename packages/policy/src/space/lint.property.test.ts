/** What is said to be in vain can go: without it not one connection is gained or lost, in random worlds. */
import { admit, type ResourceObject } from '@margay/resources'
import { admitAll, formatManifest, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PolicyRef } from '../model/policy.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { differencesBetween } from './difference.ts'
import { type Finding, lintPolicies } from './lint.ts'

const numRuns = Number(process.env.MARGAY_CASES ?? 100)

test('what lint finds in vain can go', { timeout: 60_000 + numRuns * 1000 }, () => {
  let removed = 0
  fc.assert(
    fc.property(worlds(smallCast), (objects) => {
      const before = stateOf(objects)
      for (const finding of lintPolicies(before).slice(0, 6)) {
        const without = withoutIt(objects, finding)
        if (without === undefined) continue
        removed++
        for (const version of [4, 6] as const) {
          const changes = differencesBetween({ state: before }, { state: stateOf(without) }, version)
          if (changes.connections.length > 0)
            expect.fail(`${JSON.stringify(finding)}\n${formatManifest(objects)}`)
        }
      }
    }),
    { numRuns },
  )
  expect(removed).toBeGreaterThan(numRuns / 4)
})

function stateOf(objects: readonly ResourceObject[]) {
  return buildPolicyState(admitAll(objects)).state
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
