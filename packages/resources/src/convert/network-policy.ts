/**
 * From a networking.k8s.io/v1 NetworkPolicy to a v3 NetworkPolicy of the same meaning.
 *
 * All its rules allow, and what they do not allow is denied at the end of the default tier. A rule that can't be
 * converted is left out and reported, so that a mistake closes and never opens. Source: spec/api.md 5.1.
 */
import { type Cidr, formatCidr, parseCidr } from '@margay/netset'
import { inferKubernetesTypes } from '../kinds/kubernetes-network-policy/default-types.ts'
import type {
  IpBlock,
  KubernetesNetworkPolicy,
  KubernetesPolicyPeer,
  KubernetesPolicyPort,
} from '../kinds/kubernetes-network-policy/schema.ts'
import type { NetworkPolicy } from '../kinds/network-policy/schema.ts'
import type { EntityRule, Rule } from '../kinds/rule/schema.ts'
import { type ConvertedPolicy, convertRules, type Direction, IssueLog, matchOf } from './converted-policy.ts'
import { convertPorts } from './kubernetes-ports.ts'
import { namespaceSelectorText, podSelectorText } from './label-selector.ts'

/** The order of every Kubernetes policy in tier `default`. */
export const kubernetesPolicyOrder = 1000

/** Never throws on a policy that has the shape of its type. */
export function convertNetworkPolicy(source: KubernetesNetworkPolicy): ConvertedPolicy<NetworkPolicy> {
  const spec = source.spec ?? {}
  const log = new IssueLog()
  const ingress = convertRules(spec.ingress, ({ ports, from }, index) =>
    convertRule({ direction: 'Ingress', path: `spec.ingress[${index}]`, ports, peers: from, log }),
  )
  const egress = convertRules(spec.egress, ({ ports, to }, index) =>
    convertRule({ direction: 'Egress', path: `spec.egress[${index}]`, ports, peers: to, log }),
  )
  const types = spec.policyTypes ?? []
  const policy: NetworkPolicy = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: source.metadata,
    spec: {
      tier: 'default',
      order: kubernetesPolicyOrder,
      selector: podSelectorText(spec.podSelector),
      types: types.length > 0 ? [...types] : inferKubernetesTypes(spec),
      ingress: ingress.rules,
      egress: egress.rules,
    },
  }
  return { policy, ingressOrigins: ingress.origins, egressOrigins: egress.origins, issues: log.issues }
}

interface RuleSource {
  readonly direction: Direction
  readonly path: string
  readonly ports: readonly KubernetesPolicyPort[] | undefined
  readonly peers: readonly KubernetesPolicyPeer[] | undefined
  readonly log: IssueLog
}

/** One rule for each protocol and peer; a wrong port drops them all, a wrong peer its own. */
function convertRule(source: RuleSource): Rule[] {
  const protocols = convertPorts(source.ports, `${source.path}.ports`, source.log) ?? []
  const peers = convertPeers(source)
  return protocols.flatMap((protocol) =>
    peers.map((peer) => ({ action: 'Allow', ...matchOf(source.direction, peer, protocol) }) satisfies Rule),
  )
}

/** No list and an empty one mean everybody. */
function convertPeers({ direction, path, peers = [], log }: RuleSource): EntityRule[] {
  if (peers.length === 0) return [{}]
  const field = direction === 'Ingress' ? 'from' : 'to'
  return peers
    .map((peer, index) => convertPeer(peer, `${path}.${field}[${index}]`, log))
    .filter((peer) => peer !== undefined)
}

function convertPeer(peer: KubernetesPolicyPeer, path: string, log: IssueLog): EntityRule | undefined {
  const { podSelector, namespaceSelector, ipBlock } = peer
  if (ipBlock !== undefined) return convertIpBlock(ipBlock, `${path}.ipBlock`, log)
  if (podSelector === undefined && namespaceSelector === undefined) {
    return log.fail(path, 'needs a podSelector, a namespaceSelector or an ipBlock')
  }
  // Without a namespace selector, the rule reaches the policy's own namespace, as any rule of a NetworkPolicy does.
  return {
    selector: podSelectorText(podSelector),
    ...(namespaceSelector !== undefined && { namespaceSelector: namespaceSelectorText(namespaceSelector) }),
  }
}

function convertIpBlock({ cidr, except = [] }: IpBlock, path: string, log: IssueLog): EntityRule | undefined {
  const block = parseCidr(cidr) ?? log.fail(`${path}.cidr`, `${JSON.stringify(cidr)} is not a CIDR`)
  const holes = except.map(
    (text, index) =>
      parseCidr(text) ?? log.fail(`${path}.except[${index}]`, `${JSON.stringify(text)} is not a CIDR`),
  )
  if (block === undefined || holes.includes(undefined)) return undefined
  const notNets = holes.filter((hole) => hole !== undefined && isSameVersion(hole, block))
  return {
    nets: [formatCidr(block)],
    ...(notNets.length > 0 && { notNets: formatNets(notNets) }),
  }
}

/** A hole of the other IP version takes nothing out, and a v3 rule may not mix versions. */
function isSameVersion(left: Cidr, right: Cidr): boolean {
  return left.version === right.version
}

function formatNets(cidrs: readonly (Cidr | undefined)[]): string[] {
  return [...new Set(cidrs.filter((cidr) => cidr !== undefined).map(formatCidr))]
}
