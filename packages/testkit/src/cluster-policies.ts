/** ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2. */
import type {
  ClusterPolicyEgressPeer,
  ClusterPolicyIngressPeer,
  ClusterPolicyProtocol,
  ResourceObject,
} from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { namespaceLabelSelectors, nodeLabelSelectors, podLabelSelectors } from './label-selector.ts'
import { netsOf } from './nets.ts'
import { maybe, record } from './optional.ts'
import { portNames, portNumber } from './ports.ts'

export function clusterPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  return fc
    .record({
      name: fc.constantFrom('a', 'a-b', 'c'),
      spec: record({
        tier: fc.constantFrom('Admin', 'Baseline'),
        priority: fc.constantFrom(1, 0, 1, 1000),
        subject: administratorSubjects(cast),
        ingress: maybe(70, fc.array(ingressRules(cast), { maxLength: 3 })),
        egress: maybe(60, fc.array(egressRules(cast), { maxLength: 3 })),
      }),
    })
    .map(({ name, spec }) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha2',
      kind: 'ClusterNetworkPolicy',
      metadata: { name },
      spec,
    }))
}

const actions = fc.constantFrom('Accept', 'Deny', 'Pass')

function ingressRules(cast: Cast) {
  return record({
    action: actions,
    from: fc.array(administratorSubjects(cast), { minLength: 1, maxLength: 2 }),
    protocols: maybe(50, protocolLists),
  })
}

function egressRules(cast: Cast) {
  return record({
    action: actions,
    to: fc.array(administratorPeers(cast), { minLength: 1, maxLength: 2 }),
    protocols: maybe(50, protocolLists),
  }).map(withFittingNames)
}

/** Namespaces, or pods in them: what a policy is about, and what its peers are. */
export function administratorSubjects(cast: Cast): fc.Arbitrary<ClusterPolicyIngressPeer> {
  const namespaces = namespaceLabelSelectors(namespacesOf(cast))
  return fc.oneof(
    { withCrossShrink: true },
    fc.record({ namespaces }),
    fc.record({
      pods: record({ namespaceSelector: maybe(60, namespaces), podSelector: podLabelSelectors }),
    }),
  )
}

export function administratorPeers(cast: Cast): fc.Arbitrary<ClusterPolicyEgressPeer> {
  const networks = fc.uniqueArray(fc.oneof(netsOf(cast, 4), netsOf(cast, 6)), { minLength: 1, maxLength: 3 })
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: administratorSubjects(cast) },
    { weight: 2, arbitrary: fc.record({ networks }) },
    { weight: 1, arbitrary: fc.record({ nodes: nodeLabelSelectors }) },
  )
}

const port = fc.oneof(
  { withCrossShrink: true },
  fc.record({ number: portNumber }),
  fc.record({ range: portNumber.map((start) => ({ start, end: start + 1000 })) }),
)
const transport = fc.record({ destinationPort: port })

const protocolLists: fc.Arbitrary<ClusterPolicyProtocol[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    fc.record({ tcp: transport }),
    fc.record({ udp: transport }),
    fc.record({ sctp: transport }),
    fc.record({ destinationNamedPort: fc.constantFrom<string>(...portNames) }),
  ),
  { minLength: 1, maxLength: 2 },
)

interface EgressRule {
  to: ClusterPolicyEgressPeer[]
  protocols?: ClusterPolicyProtocol[]
}

/** Are the peers all pods, or namespaces of pods? */
export function arePods(peers: readonly Pick<ClusterPolicyEgressPeer, 'networks' | 'nodes'>[]): boolean {
  return peers.every(({ networks, nodes }) => networks === undefined && nodes === undefined)
}

/** Only pods have names for their ports: beside other peers, validation refuses them. */
function withFittingNames<T extends EgressRule>(rule: T): T {
  const protocols = (rule.protocols ?? []).filter((it) => it.destinationNamedPort === undefined)
  if (arePods(rule.to) || rule.protocols === undefined) return rule
  const { protocols: _, ...rest } = rule
  return (protocols.length === 0 ? rest : { ...rest, protocols }) as T
}
