/**
 * From policies of a cluster's administrator, of whatever version, to a v3 GlobalNetworkPolicy of the same meaning.
 *
 * A rule that can't be converted fails closed: if it would have denied or passed, a rule that denies everything takes
 * its place; if it would have allowed, it is left out. Either way it is reported. Source: spec/api.md 5.5; Kubernetes
 * network policy API, on peers that an implementation does not know.
 */
import type { AnySubject } from '../kinds/cluster-network-policy/subject.ts'
import type { GlobalNetworkPolicy } from '../kinds/global-network-policy/schema.ts'
import type { Node } from '../kinds/node/schema.ts'
import type { EntityRule, Rule } from '../kinds/rule/schema.ts'
import { type ClusterPeer, convertClusterPeer, type NamespacesPeer } from './cluster-policy-peer.ts'
import {
  type ConvertedPolicy,
  convertRules,
  type Direction,
  IssueLog,
  matchOf,
  type ProtocolMatch,
} from './converted-policy.ts'
import { namespaceSelectorText, podSelectorText } from './label-selector.ts'

export interface ClusterPolicyContext {
  /** The nodes that a peer of kind `nodes` selects from. Without them, a rule with such a peer fails. */
  readonly nodes?: readonly Node[]
}

/** What all such policies say, each in its own words. */
export interface ClusterPolicySource {
  readonly metadata: GlobalNetworkPolicy['metadata']
  readonly tier: string
  /** Undefined: last in its tier. */
  readonly order?: number
  readonly subject: AnySubject
  readonly ingress: readonly ClusterRule[]
  readonly egress: readonly ClusterRule[]
  /** What each word that a person may write for an action means. */
  readonly actions: ReadonlyMap<string, Rule['action']>
  /** Whom a peer of kind `namespaces` means. */
  readonly namespacesPeer: NamespacesPeer
}

export interface ClusterRule {
  readonly name?: string
  /** As a person wrote it. */
  readonly action: string
  readonly peers: readonly ClusterPeer[]
  /** `path` is that of the rule. Undefined if one of its protocols or ports can't be converted. */
  readonly protocols: (path: string, log: IssueLog) => readonly ProtocolMatch[] | undefined
}

/** Undefined without a subject: such a policy is as if it were not there. */
export function convertClusterPolicy(
  source: ClusterPolicySource,
  { nodes }: ClusterPolicyContext,
): ConvertedPolicy<GlobalNetworkPolicy> | undefined {
  const { metadata, tier, order, actions, namespacesPeer } = source
  const subject = convertSubject(source.subject)
  if (subject === undefined) return undefined
  const log = new IssueLog()
  const site = { nodes, actions, namespacesPeer, log }
  const ingress = convertRules(source.ingress, (rule, index) =>
    convertRule(rule, { ...site, direction: 'Ingress', path: `spec.ingress[${index}]` }),
  )
  const egress = convertRules(source.egress, (rule, index) =>
    convertRule(rule, { ...site, direction: 'Egress', path: `spec.egress[${index}]` }),
  )
  const types = typesOf(ingress.rules, egress.rules)
  const policy: GlobalNetworkPolicy = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata,
    spec: {
      tier,
      ...(order !== undefined && { order }),
      ...subject,
      ...(types.length > 0 && { types }),
      ingress: ingress.rules,
      egress: egress.rules,
    },
  }
  return { policy, ingressOrigins: ingress.origins, egressOrigins: egress.origins, issues: log.issues }
}

function convertSubject({ namespaces, pods }: AnySubject) {
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

interface RuleSite {
  readonly direction: Direction
  readonly path: string
  readonly nodes: readonly Node[] | undefined
  readonly actions: ClusterPolicySource['actions']
  readonly namespacesPeer: NamespacesPeer
  readonly log: IssueLog
}

function convertRule(rule: ClusterRule, site: RuleSite): Rule[] {
  const { action, name } = rule
  const { direction, path, actions, log } = site
  const converted =
    actions.get(action) ?? log.fail(`${path}.action`, `${JSON.stringify(action)} is not known`)
  const protocols = rule.protocols(path, log)
  const peers = convertPeers(rule.peers, site)
  const named = name === undefined ? {} : { metadata: { annotations: { name } } }
  if (converted === undefined || protocols === undefined || peers === undefined) {
    return action === 'Deny' || action === 'Pass' ? [{ action: 'Deny', ...named }] : []
  }
  return protocols.flatMap((protocol) =>
    peers.map((peer) => ({ action: converted, ...matchOf(direction, peer, protocol), ...named })),
  )
}

/** Undefined if one of them failed: then the rule as a whole is not what was meant. */
function convertPeers(
  peers: readonly ClusterPeer[],
  { direction, path, ...site }: RuleSite,
): EntityRule[] | undefined {
  const field = direction === 'Ingress' ? 'from' : 'to'
  const converted = peers.map((peer, index) =>
    convertClusterPeer(peer, { ...site, path: `${path}.${field}[${index}]` }),
  )
  return converted.includes(undefined) ? undefined : converted.flatMap((sides) => sides ?? [])
}
