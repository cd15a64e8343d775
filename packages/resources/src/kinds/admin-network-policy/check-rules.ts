/** Source: Kubernetes network policy API, the validation rules of v1alpha1. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { checkPeer, checkPods } from '../cluster-network-policy/check-peer.ts'
import type { AdminPolicyPort } from './parts.ts'
import type { AdminNetworkPolicy } from './schema.ts'

/** The rules of a baseline policy are such rules too. */
type Rules = Pick<AdminNetworkPolicy['spec'], 'subject' | 'ingress' | 'egress'>
type EgressRule = NonNullable<Rules['egress']>[number]

export function* checkAdminRules({ subject, ingress = [], egress = [] }: Rules): Iterable<Issue> {
  yield* checkPods(subject, 'spec.subject')
  for (const [index, { from, ports }] of ingress.entries()) {
    const path = `spec.ingress[${index}]`
    for (const [peerIndex, peer] of from.entries()) yield* checkPods(peer, `${path}.from[${peerIndex}]`)
    yield* checkPorts(ports, path)
  }
  for (const [index, rule] of egress.entries()) yield* checkEgressRule(rule, `spec.egress[${index}]`)
}

function* checkEgressRule(rule: EgressRule, path: string): Iterable<Issue> {
  for (const [index, peer] of rule.to.entries()) {
    yield* checkPeer(peer, `${path}.to[${index}]`)
    if (peer.domainNames !== undefined && rule.action !== 'Allow')
      yield forbidden(
        `${path}.to[${index}].domainNames`,
        `is only allowed with action Allow, not ${rule.action}`,
      )
  }
  yield* checkPorts(rule.ports, path)
  yield* checkNamedPortPeers(rule, path)
}

function* checkPorts(ports: readonly AdminPolicyPort[] = [], path: string): Iterable<Issue> {
  for (const [index, { namedPort, portRange }] of ports.entries()) {
    const at = `${path}.ports[${index}]`
    if (namedPort === '') yield required(`${at}.namedPort`, 'must not be empty')
    if (portRange !== undefined && portRange.start >= portRange.end)
      yield invalid(`${at}.portRange`, `must ascend, but is from ${portRange.start} to ${portRange.end}`)
  }
}

/** Only pods have names for their ports. */
function* checkNamedPortPeers({ to, ports = [] }: EgressRule, path: string): Iterable<Issue> {
  const named = ports.find(({ namedPort }) => namedPort !== undefined)?.namedPort
  if (named === undefined) return
  for (const [index, peer] of to.entries()) {
    const field = (['networks', 'nodes', 'domainNames'] as const).find((name) => peer[name] !== undefined)
    if (field !== undefined)
      yield forbidden(`${path}.to[${index}].${field}`, `is not allowed with namedPort ${describe(named)}`)
  }
}
