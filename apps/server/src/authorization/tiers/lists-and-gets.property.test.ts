import type { PolicyRule, ResourceObject } from '@margay/resources'
import { kindDefinitions } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesFilter, parseFilter } from '../../rest/query.ts'
import { clusterBinding, clusterRole, role, roleBinding, rule, user } from '../../testing/rbac.ts'
import { type ResourceAction, resourceAction } from '../attributes.ts'
import { RbacIndex } from '../rbac/rbac-index.ts'
import { narrowQuery } from './narrow-query.ts'
import { askTier } from './tier-rules.ts'

const tiers = ['a', 'b', 'default']
const calico = 'projectcalico.org'
const kind = kindDefinitions.find(({ group, plural }) => group === calico && plural === 'networkpolicies')

const anyNames = fc.uniqueArray(fc.constantFrom('a.*', 'b.*', 'default.*', 'a.p', 'p'), { maxLength: 2 })
const anyTierNames = fc.uniqueArray(fc.constantFrom(...tiers), { maxLength: 2 })
/** Whoever may list may also get, as in every sensible role. */
const anyRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  anyTierNames.map((names) => rule('get', calico, 'tiers', ...names)),
  anyNames.map((names) => rule('get list watch deletecollection', calico, 'tier.networkpolicies', ...names)),
  fc.constant(rule('get list', '*', '*')),
)
const anyRules = fc.array(anyRule, { maxLength: 4 })
const ann = { name: 'ann', groups: [] }

const policies = tiers.flatMap((tier) =>
  ['x', 'y'].flatMap((namespace) => [`${tier}.p`, 'p'].map((name) => policyIn(tier, namespace, name))),
)

function policyIn(tier: string, namespace: string, name: string): ResourceObject {
  const metadata = { name, namespace, labels: { 'projectcalico.org/tier': tier } }
  return { apiVersion: `${calico}/v3`, kind: 'NetworkPolicy', metadata, spec: { tier } }
}

function indexOf(inCluster: PolicyRule[], inX: PolicyRule[]): RbacIndex {
  const index = new RbacIndex()
  const objects = [
    clusterRole('r', inCluster),
    clusterBinding('b', 'r', user('ann')),
    role('x', 'r', inX),
    roleBinding('x', 'b', { kind: 'Role', name: 'r' }, user('ann')),
  ]
  for (const object of objects) index.put(object as never)
  return index
}

function shown(index: RbacIndex, action: ResourceAction, text: string): readonly ResourceObject[] {
  if (kind === undefined) throw new Error('there is no such kind')
  try {
    const query = narrowQuery(index, ann, action, new URLSearchParams(text), tiers)
    const filter = parseFilter(query, kind)
    const isInPlace = ({ metadata }: ResourceObject) =>
      action.namespace === '' || metadata.namespace === action.namespace
    return policies.filter((policy) => isInPlace(policy) && matchesFilter(filter, policy))
  } catch {
    return []
  }
}

const anyQuery = fc.constantFrom(
  '',
  'fieldSelector=spec.tier=a',
  'fieldSelector=spec.tier=b,metadata.name=p',
  'labelSelector=projectcalico.org/tier in (a,default)',
  'labelSelector=projectcalico.org/tier=b',
  'labelSelector=!x',
  'fieldSelector=spec.tier=a&labelSelector=projectcalico.org/tier=b',
)

test('a list never shows an object that a get would refuse', () => {
  const anyAction = fc.record({
    verb: fc.constantFrom('list', 'watch', 'deletecollection'),
    namespace: fc.constantFrom('', 'x', 'y'),
  })
  fc.assert(
    fc.property(anyRules, anyRules, anyAction, anyQuery, (inCluster, inX, { verb, namespace }, query) => {
      const index = indexOf(inCluster, inX)
      const action = resourceAction({ verb, group: calico, resource: 'networkpolicies', namespace })
      for (const { metadata, spec } of shown(index, action, query)) {
        const get = { ...action, verb: 'get', namespace: metadata.namespace ?? '', name: metadata.name }
        expect(askTier(index, ann, get, (spec as { tier: string }).tier)).toBe('Allowed')
      }
    }),
    { numRuns: 2000 },
  )
})
