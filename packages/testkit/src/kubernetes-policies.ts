/** NetworkPolicy of networking.k8s.io/v1, now and then as its staged kind. */
import { cidrCovers, parseCidr } from '@margay/netset'
import type { IpBlock, KubernetesPolicyPeer, KubernetesPolicyPort, ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, namespacesOf } from './cast.ts'
import { namespaceLabelSelectors, podLabelSelectors } from './label-selector.ts'
import { netsOf } from './nets.ts'
import { compact, maybe, record } from './optional.ts'
import { portNames, portNumber } from './ports.ts'

export function kubernetesPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  const peers = maybe(75, fc.array(peersOf(cast), { maxLength: 2 }))
  const ports = maybe(50, fc.array(portEntries, { maxLength: 2 }))
  return record({
    isStaged: maybe(5, fc.constant(true)),
    namespace: fc.constantFrom(...namespacesOf(cast)),
    name: fc.constantFrom('a', 'a-b', 'k'),
    spec: record({
      podSelector: podLabelSelectors,
      policyTypes: maybe(40, fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'])),
      ingress: maybe(70, fc.array(record({ from: peers, ports }), { maxLength: 2 })),
      egress: maybe(40, fc.array(record({ to: peers, ports }), { maxLength: 2 })),
    }),
  }).map(({ isStaged = false, namespace, name, spec }) => ({
    apiVersion: isStaged ? 'projectcalico.org/v3' : 'networking.k8s.io/v1',
    kind: isStaged ? 'StagedKubernetesNetworkPolicy' : 'NetworkPolicy',
    metadata: { namespace, name },
    spec,
  }))
}

function peersOf(cast: Cast): fc.Arbitrary<KubernetesPolicyPeer> {
  const namespaceSelector = namespaceLabelSelectors(namespacesOf(cast))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: record({ podSelector: podLabelSelectors }) },
    { weight: 3, arbitrary: record({ namespaceSelector }) },
    { weight: 2, arbitrary: record({ podSelector: podLabelSelectors, namespaceSelector }) },
    { weight: 3, arbitrary: fc.record({ ipBlock: ipBlocks(cast) }) },
  )
}

/** Exceptions are smaller blocks within the block; of the candidates, those that aren't are left out. */
function ipBlocks(cast: Cast): fc.Arbitrary<IpBlock> {
  return fc.oneof(
    ...([4, 6] as const).map((version) =>
      fc
        .record({
          cidr: netsOf(cast, version),
          except: fc.uniqueArray(netsOf(cast, version), { maxLength: 4 }),
        })
        .map(({ cidr, except }) => {
          const holes = except.filter((hole) => isWithin(hole, cidr))
          return compact({ cidr, except: holes.length === 0 ? undefined : holes })
        }),
    ),
  )
}

function isWithin(hole: string, block: string): boolean {
  const [inner, outer] = [parseCidr(hole), parseCidr(block)]
  if (inner === undefined || outer === undefined) return false
  return inner.prefixLength > outer.prefixLength && cidrCovers(outer, inner)
}

const protocol = maybe(50, fc.constantFrom<'TCP' | 'UDP' | 'SCTP'>('TCP', 'UDP', 'SCTP'))

/** `endPort` needs a number beside it. */
const portEntries: fc.Arbitrary<KubernetesPolicyPort> = fc.oneof(
  { withCrossShrink: true },
  record({ protocol, port: maybe(80, portNumber) }),
  record({ protocol, port: fc.constantFrom<string>(...portNames) }),
  record({ protocol, port: portNumber, length: fc.constantFrom(0, 1, 9999) }).map(({ length, ...entry }) => ({
    ...entry,
    endPort: entry.port + length,
  })),
)
