/** AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io/v1alpha1. */
import type { AdminNetworkPolicy, AdminPolicyPort, ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import type { Cast } from './cast.ts'
import { administratorPeers, administratorSubjects, arePods } from './cluster-policies.ts'
import { maybe, record } from './optional.ts'
import { portNames, portNumber } from './ports.ts'

/** Some share their names with ClusterNetworkPolicies and with each other's priority; a cluster has one baseline policy at most. */
export function adminPolicies(cast: Cast): fc.Arbitrary<ResourceObject> {
  return fc.oneof(
    { withCrossShrink: true },
    {
      weight: 2,
      arbitrary: fc
        .record({
          name: fc.constantFrom('a', 'a-b', 'default'),
          spec: specs(cast, ['Allow', 'Deny', 'Pass'], { priority: fc.constantFrom(1, 0, 1, 1000) }),
        })
        .map(({ name, spec }) => object('AdminNetworkPolicy', name, spec)),
    },
    {
      weight: 1,
      arbitrary: specs(cast, ['Allow', 'Deny'], {}).map((spec) =>
        object('BaselineAdminNetworkPolicy', 'default', spec),
      ),
    },
  )
}

function object(kind: string, name: string, spec: object): ResourceObject {
  return { apiVersion: 'policy.networking.k8s.io/v1alpha1', kind, metadata: { name }, spec }
}

function specs(cast: Cast, actions: readonly string[], more: Readonly<Record<string, fc.Arbitrary<number>>>) {
  const action = fc.constantFrom(...actions)
  const ingress = record({
    action,
    from: fc.array(administratorSubjects(cast), { minLength: 1, maxLength: 2 }),
    ports: maybe(50, portLists),
  })
  const egress = record({
    action,
    to: fc.array(administratorPeers(cast), { minLength: 1, maxLength: 2 }),
    ports: maybe(50, portLists),
  }).map(withFittingNames)
  return record({
    ...more,
    subject: administratorSubjects(cast),
    ingress: maybe(70, fc.array(ingress, { maxLength: 3 })),
    egress: maybe(60, fc.array(egress, { maxLength: 3 })),
  })
}

const protocol = maybe(80, fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const))

const portLists: fc.Arbitrary<AdminPolicyPort[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    record({ protocol, port: portNumber }).map((it) => ({ portNumber: it })),
    record({ protocol, start: portNumber }).map((it) => ({ portRange: { ...it, end: it.start + 1000 } })),
    fc.record({ namedPort: fc.constantFrom<string>(...portNames) }),
  ),
  { minLength: 1, maxLength: 2 },
)

type EgressRule = Pick<NonNullable<AdminNetworkPolicy['spec']['egress']>[number], 'to' | 'ports'>

/** Only pods have names for their ports: beside other peers, validation refuses them. */
function withFittingNames<T extends EgressRule>(rule: T): T {
  if (rule.ports === undefined || arePods(rule.to)) return rule
  const { ports: _, ...rest } = rule
  const ports = rule.ports.filter(({ namedPort }) => namedPort === undefined)
  return (ports.length === 0 ? rest : { ...rest, ports }) as T
}
