/** Which rules know addresses by name. Source: spec/dataplane.md 7.1. */
import type { EntityRule, Rule as RuleSpec } from '@margay/resources'
import { expect, test } from 'vitest'
import type { Direction } from '../model/rule.ts'
import { AddressSets } from '../state/address-set.ts'
import { ServiceSets } from '../state/service-set.ts'
import { lowerRule } from './lower-rule.ts'
import { LoweredPeers } from './lowered-peers.ts'
import { LoweringError } from './lowering-error.ts'

/** All of one are lowered together, as the rules of all policies are. */
function lowering(namespace = 'shop') {
  const shared = {
    ...{ namespace, origin: 0, peers: new LoweredPeers(), services: new ServiceSets() },
    sets: new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] }),
  }
  return (direction: Direction, rule: RuleSpec) =>
    lowerRule(rule, { ...shared, direction }) ?? expect.fail('no rule')
}

const to = (destination: EntityRule, action: RuleSpec['action'] = 'Allow'): RuleSpec => ({
  action,
  destination,
})

test('domains become patterns, each once, in an order that does not depend on how they are written', () => {
  const lower = lowering()
  const one = lower('Egress', to({ domains: ['b.com', '*.A.com', 'B.com'] })).destination
  const other = lower('Egress', to({ domains: ['*.a.com', 'b.com'] })).destination
  expect(one.inDomains?.patterns.map(({ text }) => text)).toEqual(['*.a.com', 'b.com'])
  expect(one.inDomains?.key).toBe(other.inDomains?.key)
  expect(lower('Egress', to({ domains: ['b.com'] })).destination.inDomains?.key).not.toBe(one.inDomains?.key)
  expect(one).toMatchObject({ inSet: undefined, countsNames: false })
})

test('beside domains, what is excluded is so of whatever namespace it is', () => {
  const { destination } = lowering('shop')('Egress', to({ domains: ['a.com'], notSelector: 'has(x)' }))
  expect(destination).toMatchObject({ inSet: undefined, notInSet: { id: 'has(x)' } })
})

test.each(['', 'shop'])(
  'names count for destinations of egress rules that allow, however alike a peer of another rule is: in %j',
  (namespace) => {
    const lower = lowering(namespace)
    const peer: EntityRule = { selector: "set == 'partners'" }
    const counted = () => [
      lower('Egress', to(peer)).destination.countsNames,
      lower('Egress', to(peer, 'Deny')).destination.countsNames,
      lower('Egress', to(peer, 'Pass')).destination.countsNames,
      lower('Egress', to(peer, 'Log')).destination.countsNames,
      lower('Ingress', to(peer)).destination.countsNames,
      lower('Egress', { action: 'Allow', source: peer }).source.countsNames,
      lower('Ingress', { action: 'Allow', source: peer }).source.countsNames,
    ]
    const expected = [true, false, false, false, false, false, false]
    expect(counted()).toEqual(expected)
    expect(counted().toReversed()).toEqual(expected.toReversed())
  },
)

test('a side that selects nobody counts no names', () => {
  for (const peer of [{}, { nets: ['203.0.113.0/24'] }, { ports: [443] }])
    expect(lowering()('Egress', to(peer)).destination.countsNames).toBe(false)
  expect(lowering('')('Egress', to({ notSelector: 'has(x)' })).destination.countsNames).toBe(false)
})

test('where domains may not be, the rule is none that can be understood', () => {
  const domains = ['a.com']
  const wrong: [Direction, RuleSpec][] = [
    ['Egress', to({ domains }, 'Deny')],
    ['Egress', to({ domains }, 'Pass')],
    ['Egress', to({ domains }, 'Log')],
    ['Ingress', to({ domains })],
    ['Egress', { action: 'Allow', source: { domains } }],
    ['Ingress', { action: 'Allow', source: { domains } }],
    ['Egress', to({ domains: ['*.*.com'] })],
  ]
  const lower = lowering()
  lower('Egress', to({ domains }))
  for (const [direction, rule] of wrong) expect(() => lower(direction, rule)).toThrow(LoweringError)
})
