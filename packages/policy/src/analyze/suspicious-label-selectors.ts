/**
 * As `suspicionsOf`, for policies that select by Kubernetes' label selectors: those of Kubernetes, those of the cluster's
 * administrator, and what is staged of them.
 */
import { parseCidr, subtractCidrs } from '@margay/netset'
import { type IpBlock, type LabelSelector, labelSelectorToSelector } from '@margay/resources'
import { selectsNothing } from './selects-nothing.ts'
import type { Suspicion } from './suspicious.ts'

interface Pods {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
}

interface KubernetesPeer extends Pods {
  readonly ipBlock?: IpBlock
}

interface AdminPeer {
  readonly namespaces?: LabelSelector
  readonly pods?: Pods
  readonly nodes?: LabelSelector
}

interface Rules<Peer> {
  readonly ingress?: readonly { readonly from?: readonly Peer[] }[]
  readonly egress?: readonly { readonly to?: readonly Peer[] }[]
}

export interface KubernetesSpec extends Rules<KubernetesPeer> {
  readonly podSelector?: LabelSelector
  readonly policyTypes?: readonly string[]
}

export interface AdminSpec extends Rules<AdminPeer> {
  readonly subject?: AdminPeer
}

const toNothing = 'so the policy applies to nothing'
const matchesNobody = 'so this peer matches nobody'

/** Takes the spec of an admitted NetworkPolicy of Kubernetes, or of a staged one. */
export function kubernetesSuspicionsOf(spec: KubernetesSpec): Suspicion[] {
  return [
    ...inLabels(spec.podSelector, 'spec.podSelector', toNothing),
    ...inDirections(spec, spec.policyTypes ?? ['Ingress', 'Egress'], inKubernetesPeer),
  ]
}

/** Takes the spec of an admitted ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy. */
export function adminSuspicionsOf(spec: AdminSpec): Suspicion[] {
  return [
    ...inAdminPeer(spec.subject ?? {}, 'spec.subject', toNothing),
    ...inDirections(spec, ['Ingress', 'Egress'], inAdminPeer),
  ]
}

function inDirections<Peer>(
  { ingress = [], egress = [] }: Rules<Peer>,
  types: readonly string[],
  inPeer: (peer: Peer, path: string, consequence: string) => Suspicion[],
): Suspicion[] {
  const ofRules = (peers: readonly (readonly Peer[] | undefined)[], at: (rule: number) => string) =>
    peers.flatMap((list = [], rule) =>
      list.flatMap((peer, index) => inPeer(peer, `${at(rule)}[${index}]`, matchesNobody)),
    )
  return [
    ...lacking(ingress, types, 'ingress', 'Ingress'),
    ...lacking(egress, types, 'egress', 'Egress'),
    ...ofRules(
      ingress.map(({ from }) => from),
      (rule) => `spec.ingress[${rule}].from`,
    ),
    ...ofRules(
      egress.map(({ to }) => to),
      (rule) => `spec.egress[${rule}].to`,
    ),
  ]
}

function lacking(
  rules: readonly object[],
  types: readonly string[],
  field: string,
  type: string,
): Suspicion[] {
  if (rules.length === 0 || types.includes(type)) return []
  return [{ path: `spec.${field}`, message: `has no effect, because spec.policyTypes lacks ${type}` }]
}

function inKubernetesPeer(
  { ipBlock, ...pods }: KubernetesPeer,
  path: string,
  consequence: string,
): Suspicion[] {
  return [...inPods(pods, path, consequence), ...inBlock(ipBlock, `${path}.ipBlock`)]
}

function inAdminPeer({ namespaces, pods, nodes }: AdminPeer, path: string, consequence: string): Suspicion[] {
  return [
    ...inLabels(namespaces, `${path}.namespaces`, consequence),
    ...inPods(pods ?? {}, `${path}.pods`, consequence),
    ...inLabels(nodes, `${path}.nodes`, consequence),
  ]
}

function inPods({ podSelector, namespaceSelector }: Pods, path: string, consequence: string): Suspicion[] {
  return [
    ...inLabels(podSelector, `${path}.podSelector`, consequence),
    ...inLabels(namespaceSelector, `${path}.namespaceSelector`, consequence),
  ]
}

function inLabels(selector: LabelSelector | undefined, path: string, consequence: string): Suspicion[] {
  if (selector === undefined || !selectsNothing(labelSelectorToSelector(selector))) return []
  return [{ path, message: `contradicts itself and selects nothing, ${consequence}` }]
}

function inBlock(block: IpBlock | undefined, path: string): Suspicion[] {
  const { cidr = '', except = [] } = block ?? {}
  const [whole, ...parts] = [cidr, ...except].map(parseCidr).filter((net) => net !== undefined)
  if (whole === undefined || parts.length === 0 || subtractCidrs([whole], parts).length > 0) return []
  return [{ path: `${path}.except`, message: `takes away all of cidr, ${matchesNobody}` }]
}
