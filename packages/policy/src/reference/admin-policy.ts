/**
 * AdminNetworkPolicy and BaselineAdminNetworkPolicy as policy.networking.k8s.io/v1alpha1 defines them: before and after the
 * policies of namespaces, each in a tier of its own.
 */
import type { AdminNetworkPolicy, AdminPolicyPort, BaselineAdminNetworkPolicy } from '@margay/resources'
import { isNamedPort, isPeer, isSubject, type Whom } from './administrator.ts'
import { portProtocols, type Thing } from './cluster.ts'
import { type Crossing, nameless, type ReferencePolicy, type ReferenceRule } from './packet.ts'

type AdminPolicy = AdminNetworkPolicy | BaselineAdminNetworkPolicy
type IngressRule = NonNullable<AdminPolicy['spec']['ingress']>[number]
type EgressRule = NonNullable<AdminNetworkPolicy['spec']['egress']>[number]

/** Both tiers pass at their end, so that it makes no difference to govern a direction without rules. */
export function readAdminPolicy(policy: AdminPolicy): ReferencePolicy {
  const { ingress = [], egress = [], subject } = policy.spec
  const isBaseline = policy.kind === 'BaselineAdminNetworkPolicy'
  return {
    tier: isBaseline ? 'baselineadminnetworkpolicy' : 'adminnetworkpolicy',
    order: isBaseline ? Number.POSITIVE_INFINITY : policy.spec.priority,
    tieBreak: `${policy.metadata.name}//Kubernetes${policy.kind}`,
    types: ['Ingress', 'Egress'],
    list: 'normal',
    forward: false,
    selects: (it) => isSubject(subject, it),
    ingress: ingress.map(readIngressRule),
    egress: egress.map(readEgressRule),
  }
}

function readIngressRule({ action, from, ports }: IngressRule): ReferenceRule {
  return {
    action,
    matches: (it) =>
      from.some((peer) => isPeer(peer, nameless(it.source), it, isSubject)) &&
      matchesPorts(ports, it, () => true),
  }
}

function readEgressRule({ action, to, ports }: EgressRule): ReferenceRule {
  return {
    action,
    matches: (it) => {
      const end = action === 'Allow' ? it.destination : nameless(it.destination)
      return to.some((peer) => isPeer(peer, end, it, isSubject) && matchesPorts(ports, it, isOf(peer)))
    },
  }
}

/** Peers are pods, and so are those whose names of ports count. */
function isOf(peer: Whom): (thing: Thing) => boolean {
  return (thing) => isSubject(peer, thing)
}

function matchesPorts(
  ports: readonly AdminPolicyPort[] | undefined,
  crossing: Crossing,
  mayName: (thing: Thing) => boolean,
): boolean {
  if (ports === undefined) return true
  return ports.some(({ portNumber, portRange, namedPort }) => {
    if (namedPort !== undefined) return isNamedPort(namedPort, crossing, mayName)
    const { protocol = 'TCP' } = portNumber ?? portRange ?? {}
    const { port = 0 } = crossing.destination
    return (
      crossing.packet.protocol === portProtocols[protocol] &&
      (portNumber?.port === port ||
        (portRange !== undefined && portRange.start <= port && port <= portRange.end))
    )
  })
}
