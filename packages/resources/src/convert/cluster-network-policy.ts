/**
 * From a policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy to a v3 GlobalNetworkPolicy of the same meaning.
 *
 * A rule that can't be converted fails closed: if it would have denied or passed, a rule that denies everything takes
 * its place; if it would have accepted, it is left out. Either way it is reported. Source: spec/api.md 5.5.
 */
import type {
  ClusterNetworkPolicy,
  ClusterPolicyEgressPeer,
  ClusterPolicyProtocol,
  ClusterPolicySubject,
} from '../kinds/cluster-network-policy/schema.ts'
import type { GlobalNetworkPolicy } from '../kinds/global-network-policy/schema.ts'
import type { Node } from '../kinds/node/schema.ts'
import type { EntityRule, Rule } from '../kinds/rule/schema.ts'
import { convertClusterPeer } from './cluster-policy-peer.ts'
import { convertProtocols } from './cluster-policy-protocol.ts'
import { type ConvertedPolicy, convertRules, type Direction, IssueLog, matchOf } from './converted-policy.ts'
import { namespaceSelectorText, podSelectorText } from './label-selector.ts'

export interface ClusterPolicyContext {
  /** The nodes that a peer of kind `nodes` selects from. Without them, a rule with such a peer fails. */
  readonly nodes?: readonly Node[]
}

/** Undefined for an unknown tier, and without a subject: such a policy is as if it were not there. */
export function convertClusterNetworkPolicy(
  source: ClusterNetworkPolicy,
  context: ClusterPolicyContext = {},
): ConvertedPolicy<GlobalNetworkPolicy> | undefined {
  const { spec } = source
  const tier = tiers.get(spec.tier)
  const subject = convertSubject(spec.subject)
  if (tier === undefined || subject === undefined) return undefined
  const log = new IssueLog()
  const ingress = convertRules(spec.ingress, (rule, index) =>
    convertRule({
      ...rule,
      direction: 'Ingress',
      path: `spec.ingress[${index}]`,
      peers: rule.from,
      context,
      log,
    }),
  )
  const egress = convertRules(spec.egress, (rule, index) =>
    convertRule({
      ...rule,
      direction: 'Egress',
      path: `spec.egress[${index}]`,
      peers: rule.to,
      context,
      log,
    }),
  )
  const types = typesOf(ingress.rules, egress.rules)
  const policy: GlobalNetworkPolicy = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: source.metadata,
    spec: {
      tier,
      order: spec.priority,
      ...subject,
      ...(types.length > 0 && { types }),
      ingress: ingress.rules,
      egress: egress.rules,
    },
  }
  return { policy, ingressOrigins: ingress.origins, egressOrigins: egress.origins, issues: log.issues }
}

const tiers: ReadonlyMap<string, string> = new Map([
  ['Admin', 'kube-admin'],
  ['Baseline', 'kube-baseline'],
])

function convertSubject({ namespaces, pods }: ClusterPolicySubject) {
  if (namespaces === undefined && pods === undefined) return undefined
  return {
    selector: podSelectorText(pods?.podSelector),
    namespaceSelector: namespaceSelectorText(namespaces ?? pods?.namespaceSelector),
  }
}

/** A direction without rules is not governed. */
function typesOf(ingress: readonly Rule[], egress: readonly Rule[]): Direction[] {
  return [
    ...(ingress.length > 0 ? (['Ingress'] as const) : []),
    ...(egress.length > 0 ? (['Egress'] as const) : []),
  ]
}

interface RuleSource {
  readonly name?: string
  readonly action: string
  readonly direction: Direction
  readonly path: string
  readonly peers: readonly ClusterPolicyEgressPeer[]
  readonly protocols?: readonly ClusterPolicyProtocol[]
  readonly context: ClusterPolicyContext
  readonly log: IssueLog
}

function convertRule(source: RuleSource): Rule[] {
  const { action, direction, path, log } = source
  const converted =
    actions.get(action) ?? log.fail(`${path}.action`, `${JSON.stringify(action)} is not known`)
  const protocols = convertProtocols(source.protocols, `${path}.protocols`, log)
  const peers = convertPeers(source)
  const named = source.name === undefined ? {} : { metadata: { annotations: { name: source.name } } }
  if (converted === undefined || protocols === undefined || peers === undefined) {
    return action === 'Deny' || action === 'Pass' ? [{ action: 'Deny', ...named }] : []
  }
  return protocols.flatMap((protocol) =>
    peers.map((peer) => ({ action: converted, ...matchOf(direction, peer, protocol), ...named })),
  )
}

const actions: ReadonlyMap<string, Rule['action']> = new Map([
  ['Accept', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
])

/** Undefined if one of them failed: then the rule as a whole is not what was meant. */
function convertPeers({ direction, path, peers, context, log }: RuleSource): EntityRule[] | undefined {
  const field = direction === 'Ingress' ? 'from' : 'to'
  const converted = peers.map((peer, index) =>
    convertClusterPeer(peer, { path: `${path}.${field}[${index}]`, nodes: context.nodes, log }),
  )
  return converted.includes(undefined) ? undefined : converted.flatMap((sides) => sides ?? [])
}
