/** Source: Kubernetes network policy API, the validation rules of ClusterNetworkPolicy v1alpha2. */
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { checkPeer, checkPods } from './check-peer.ts'
import type {
  ClusterNetworkPolicy,
  ClusterPolicyEgressPeer,
  ClusterPolicyEgressRule,
  ClusterPolicyProtocol,
} from './schema.ts'

export function* checkClusterPolicySpec({
  subject,
  ingress = [],
  egress = [],
}: ClusterNetworkPolicy['spec']): Iterable<Issue> {
  yield* checkPods(subject, 'spec.subject')
  for (const [index, rule] of ingress.entries()) {
    const path = `spec.ingress[${index}]`
    for (const [peerIndex, peer] of rule.from.entries()) yield* checkPods(peer, `${path}.from[${peerIndex}]`)
    yield* checkProtocols(rule.protocols, path)
  }
  for (const [index, rule] of egress.entries()) yield* checkEgressRule(rule, `spec.egress[${index}]`)
}

function* checkEgressRule(rule: ClusterPolicyEgressRule, path: string): Iterable<Issue> {
  for (const [index, peer] of rule.to.entries())
    yield* checkEgressPeer(peer, rule.action, `${path}.to[${index}]`)
  yield* checkProtocols(rule.protocols, path)
  yield* checkNamedPortPeers(rule, path)
}

function* checkEgressPeer(peer: ClusterPolicyEgressPeer, action: string, path: string): Iterable<Issue> {
  yield* checkPeer(peer, path)
  if (peer.domainNames !== undefined && action !== 'Accept') {
    yield forbidden(`${path}.domainNames`, `is only allowed with action Accept, not ${action}`)
  }
}

function* checkProtocols(
  protocols: readonly ClusterPolicyProtocol[] | undefined,
  path: string,
): Iterable<Issue> {
  for (const [index, protocol] of (protocols ?? []).entries()) {
    yield* checkProtocol(protocol, `${path}.protocols[${index}]`)
  }
}

function* checkProtocol(protocol: ClusterPolicyProtocol, path: string): Iterable<Issue> {
  if (protocol.destinationNamedPort === '')
    yield required(`${path}.destinationNamedPort`, 'must not be empty')
  for (const name of ['tcp', 'udp', 'sctp'] as const) {
    const range = protocol[name]?.destinationPort?.range
    if (range === undefined || range.start < range.end) continue
    yield invalid(
      `${path}.${name}.destinationPort.range`,
      `must ascend, but is from ${range.start} to ${range.end}`,
    )
  }
}

/** Only pods have names for their ports. */
function* checkNamedPortPeers(
  { to, protocols = [] }: ClusterPolicyEgressRule,
  path: string,
): Iterable<Issue> {
  if (!protocols.some(({ destinationNamedPort }) => destinationNamedPort !== undefined)) return
  for (const [index, peer] of to.entries()) {
    const field = (['networks', 'nodes', 'domainNames'] as const).find((name) => peer[name] !== undefined)
    if (field !== undefined)
      yield forbidden(`${path}.to[${index}].${field}`, 'is not allowed with destinationNamedPort')
  }
}
