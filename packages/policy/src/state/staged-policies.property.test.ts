/** What staged policies would be is what they are once they are enforced. */
import { isDeepStrictEqual } from 'node:util'
import { parseIp } from '@margay/netset'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll, flowOf, type Packet, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import { formatPolicyRef } from '../model/policy.ts'
import { referenceVerdict } from '../reference/reference-verdict.ts'
import { buildPolicyState } from './build-state.ts'
import type { EffectivePolicy } from './effective-policy.ts'

/** Now and then all of them delete. */
const cases = fc.tuple(worlds(smallCast).filter(hasStaged), fc.nat(3))
const questions = fc.array(packets(smallCast), { minLength: 4, maxLength: 8 })

test('the staged view of a world is the enforced view of the world in which they are enforced', () => {
  const holds = fc.property(cases, ([objects, chance]) => {
    const given = chance === 0 ? objects.map(asDeletion) : objects
    const before = buildPolicyState(admitAll(given)).state
    const after = buildPolicyState(admitAll(enforceStaged(given))).state
    for (const endpoint of before.endpoints.values()) {
      for (const direction of ['Ingress', 'Egress'] as const) {
        const preview = namesIn(before.effectivePolicy(endpoint, direction, { staged: true }))
        expect(preview).toEqual(namesIn(after.effectivePolicy(endpoint, direction)))
      }
    }
  })
  fc.assert(holds, { numRuns: 200 })
}, 300_000)

test('the staged verdict is the one that the reference gives where they are enforced', () => {
  const holds = fc.property(cases, questions, ([objects], asked) => {
    const { state } = buildPolicyState(admitAll(objects))
    const enforced = admitAll(enforceStaged(objects))
    for (const packet of asked) {
      const { verdict } = evaluate(state, flowOf(state, packet), { staged: true })
      expect(verdict).toBe(referenceVerdict(enforced, questionOf(packet)))
    }
  })
  fc.assert(holds, { numRuns: 200 })
}, 300_000)

test('staged policies change nothing of what is enforced', () => {
  const holds = fc.property(cases, ([objects]) => {
    const all = buildPolicyState(admitAll(objects)).state
    const without = buildPolicyState(admitAll(objects.filter((it) => !isStaged(it)))).state
    for (const endpoint of all.endpoints.values()) {
      const found = namesIn(all.effectivePolicy(endpoint, 'Ingress'))
      expect(found).toEqual(namesIn(without.effectivePolicy(endpoint, 'Ingress')))
    }
  })
  fc.assert(holds, { numRuns: 100 })
}, 300_000)

test('an endpoint is concerned where the two views have other tiers or policies, and only there', () => {
  const holds = fc.property(cases, ([objects, chance]) => {
    const { state } = buildPolicyState(admitAll(chance === 0 ? objects.map(asDeletion) : objects))
    for (const endpoint of state.endpoints.values()) {
      for (const direction of ['Ingress', 'Egress'] as const) {
        const staged = state.effectivePolicy(endpoint, direction, { staged: true })
        const isSame = isDeepStrictEqual(
          objectsIn(state.effectivePolicy(endpoint, direction)),
          objectsIn(staged),
        )
        expect(state.stagedPolicy(endpoint, direction)).toBe(isSame ? undefined : staged)
      }
    }
  })
  fc.assert(holds, { numRuns: 200 })
}, 300_000)

function questionOf({ sourceIp, destinationIp, ...rest }: Packet) {
  return { source: sourceIp, destination: destinationIp, ipVersion: parseIp(sourceIp)?.version ?? 4, ...rest }
}

function isStaged({ kind }: Resource | ResourceObject): boolean {
  return kind.startsWith('Staged')
}

function hasStaged(objects: readonly ResourceObject[]): boolean {
  return objects.some(isStaged)
}

function asDeletion(object: ResourceObject): ResourceObject {
  if (!isStaged(object)) return object
  const { tier } = object.spec as { readonly tier?: string }
  return { ...object, spec: { ...(tier === undefined ? {} : { tier }), stagedAction: 'Delete' } }
}

/** As somebody would do it by hand: the enforced one of the name goes, and the staged one is applied in its place. */
function enforceStaged(objects: readonly ResourceObject[]): ResourceObject[] {
  const staged = objects.filter(isStaged)
  const enforced = objects.filter((it) => !isStaged(it))
  const kept = enforced.filter((it) => !staged.some((other) => replaces(other, it)))
  return [...kept, ...staged.flatMap(asEnforced)]
}

function replaces(staged: ResourceObject, { apiVersion, kind, metadata }: ResourceObject): boolean {
  const form = formOf(staged)
  return (
    form.apiVersion === apiVersion &&
    form.kind === kind &&
    staged.metadata.name === metadata.name &&
    staged.metadata.namespace === metadata.namespace
  )
}

function asEnforced(staged: ResourceObject): ResourceObject[] {
  const { stagedAction, ...spec } = staged.spec as { readonly stagedAction?: string }
  return stagedAction === 'Delete' ? [] : [{ ...staged, ...formOf(staged), spec }]
}

function formOf({ kind }: ResourceObject) {
  if (kind === 'StagedKubernetesNetworkPolicy')
    return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }
  return { apiVersion: 'projectcalico.org/v3', kind: kind.replace('Staged', '') }
}

/** Of each tier its default action and its policies with their rules, under the names they have once enforced. */
function namesIn({ tiers }: EffectivePolicy): unknown {
  return tiers.map(({ name, defaultAction, policies }) => [
    name,
    defaultAction,
    policies.map(({ ref, ingress, egress }) => [
      formatPolicyRef(ref).replace(/^s/, ''),
      ingress.map(({ action, origin }) => `${action} ${origin}`),
      egress.map(({ action, origin }) => `${action} ${origin}`),
    ]),
  ])
}

/** With the staged kind in the name: a staged policy that says the same is still another one. */
function objectsIn({ tiers }: EffectivePolicy): unknown {
  return tiers.map(({ name, defaultAction, policies }) => [
    name,
    defaultAction,
    policies.map(({ ref }) => formatPolicyRef(ref)),
  ])
}
