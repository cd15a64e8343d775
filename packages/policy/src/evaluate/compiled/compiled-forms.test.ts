import { expect, test } from 'vitest'
import type { Flow } from '../../model/flow.ts'
import type { Policy } from '../../model/policy.ts'
import { protocols } from '../../model/protocol.ts'
import { anyPeer, type Rule } from '../../model/rule.ts'
import type { EffectivePolicy } from '../../state/effective-policy.ts'
import { RuleWalk } from '../rule-walk.ts'
import { traceOf, walkTiers } from '../walk-tiers.ts'
import { compiledForm } from './compiled-forms.ts'

/** Rule `i` is about port `i`. */
function policyOf(count: number): EffectivePolicy {
  const ingress = Array.from({ length: count }, (_, port): Rule => {
    const ports = { ranges: [{ min: port, max: port }], names: [], namesWithin: undefined, named: undefined }
    return {
      action: port % 2 === 0 ? 'Pass' : 'Deny',
      origin: port,
      ipVersion: undefined,
      protocol: protocols.tcp,
      notProtocol: undefined,
      icmp: undefined,
      notIcmp: undefined,
      http: undefined,
      source: anyPeer,
      destination: { ...anyPeer, ports },
    }
  })
  const policy: Policy = {
    ref: { kind: 'GlobalNetworkPolicy', namespace: '', name: 'p' },
    tier: 'default',
    order: 1,
    appliesTo: { kind: 'All' },
    directions: ['Ingress'],
    applyOnForward: false,
    preDNAT: false,
    doNotTrack: false,
    ingress,
    egress: [],
  }
  return { direction: 'Ingress', tiers: [{ name: 'default', defaultAction: 'Deny', policies: [policy] }] }
}

const flowTo = (destinationPort: number): Flow => ({
  source: { endpoint: undefined, address: undefined },
  destination: { endpoint: undefined, address: undefined },
  ipVersion: 4,
  protocol: protocols.tcp,
  sourcePort: undefined,
  destinationPort,
  icmp: undefined,
})

function ask(policy: EffectivePolicy, port: number, times: number): void {
  for (let i = 0; i < times; i++) walkTiers(policy, flowTo(port))
}

test('what is asked often about rules far down is compiled, and decides as before', () => {
  const policy = policyOf(200)
  ask(policy, 199, 10)
  expect(compiledForm(policy)).toBeUndefined()
  ask(policy, 199, 10)
  expect(compiledForm(policy)).toBeDefined()
  for (const port of [0, 1, 7, 8, 9, 198, 199, 200]) {
    const flow = flowTo(port)
    expect(walkTiers(policy, flow)).toEqual(traceOf(policy, new RuleWalk(policy, flow)))
  }
})

test.each([
  { what: 'few rules are walked over', policy: policyOf(20), port: 443 },
  { what: 'the first of many decide', policy: policyOf(2000), port: 3 },
])('nothing is compiled where $what', ({ policy, port }) => {
  ask(policy, port, 10_000)
  expect(compiledForm(policy)).toBeUndefined()
})
