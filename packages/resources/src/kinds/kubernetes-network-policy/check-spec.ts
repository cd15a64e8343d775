/** Source: Kubernetes API validation of networking.k8s.io/v1 NetworkPolicy. */
import { cidrCovers, parseCidr } from '@margay/netset'
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid, required } from '../../schema/issue.ts'
import { checkLabelSelector } from '../label-selector/check-label-selector.ts'
import { isPortName, portNameFormat } from '../meta/names.ts'
import type {
  IpBlock,
  KubernetesNetworkPolicy,
  KubernetesPolicyPeer,
  KubernetesPolicyPort,
} from './schema.ts'

type Spec = NonNullable<KubernetesNetworkPolicy['spec']>

/** Also for the staged form, which has the same rules. */
export function* checkKubernetesPolicySpec(spec: Spec): Iterable<Issue> {
  yield* checkLabelSelector(spec.podSelector, 'spec.podSelector')
  for (const [index, rule] of (spec.ingress ?? []).entries()) {
    yield* checkRule(rule.ports, rule.from, { path: `spec.ingress[${index}]`, peers: 'from' })
  }
  for (const [index, rule] of (spec.egress ?? []).entries()) {
    yield* checkRule(rule.ports, rule.to, { path: `spec.egress[${index}]`, peers: 'to' })
  }
}

function* checkRule(
  ports: readonly KubernetesPolicyPort[] | undefined,
  peers: readonly KubernetesPolicyPeer[] | undefined,
  site: { readonly path: string; readonly peers: 'from' | 'to' },
): Iterable<Issue> {
  for (const [index, port] of (ports ?? []).entries()) yield* checkPort(port, `${site.path}.ports[${index}]`)
  for (const [index, peer] of (peers ?? []).entries())
    yield* checkPeer(peer, `${site.path}.${site.peers}[${index}]`)
}

function* checkPort({ port, endPort }: KubernetesPolicyPort, path: string): Iterable<Issue> {
  yield* checkPortValue(port, `${path}.port`)
  if (endPort === undefined) return
  if (port === undefined) yield required(`${path}.port`, 'is required with endPort')
  else if (typeof port === 'string')
    yield forbidden(`${path}.endPort`, 'is not allowed with the name of a port')
  else yield* checkEndPort(port, endPort, `${path}.endPort`)
}

function* checkPortValue(port: string | number | undefined, path: string): Iterable<Issue> {
  if (typeof port === 'string' && !isPortName(port)) {
    yield invalid(
      path,
      `must be a number from 1 to 65535 or the name of a port, but is ${describe(port)}; ${portNameFormat}`,
    )
  }
  if (typeof port === 'number' && !isPortNumber(port))
    yield invalid(path, `must be from 1 to 65535, but is ${port}`)
}

function* checkEndPort(port: number, endPort: number, path: string): Iterable<Issue> {
  if (!isPortNumber(endPort)) yield invalid(path, `must be from 1 to 65535, but is ${endPort}`)
  else if (endPort < port) yield invalid(path, `must not be less than port ${port}, but is ${endPort}`)
}

function isPortNumber(port: number): boolean {
  return port >= 1 && port <= 65535
}

function* checkPeer(peer: KubernetesPolicyPeer, path: string): Iterable<Issue> {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined
  if (!hasSelector && ipBlock === undefined)
    yield required(path, 'needs a podSelector, a namespaceSelector or an ipBlock')
  if (hasSelector && ipBlock !== undefined)
    yield forbidden(`${path}.ipBlock`, 'is not allowed beside selectors')
  yield* checkLabelSelector(podSelector, `${path}.podSelector`)
  yield* checkLabelSelector(namespaceSelector, `${path}.namespaceSelector`)
  if (ipBlock !== undefined) yield* checkIpBlock(ipBlock, `${path}.ipBlock`)
}

function* checkIpBlock({ cidr, except = [] }: IpBlock, path: string): Iterable<Issue> {
  const block = parseCidr(cidr)
  if (block === undefined) yield invalid(`${path}.cidr`, notACidr(cidr))
  for (const [index, text] of except.entries()) {
    const hole = parseCidr(text)
    const at = `${path}.except[${index}]`
    if (hole === undefined) yield invalid(at, notACidr(text))
    else if (block !== undefined && !(cidrCovers(block, hole) && hole.prefixLength > block.prefixLength)) {
      yield invalid(at, `must be a smaller block within ${cidr}, but is ${describe(text)}`)
    }
  }
}

function notACidr(text: string): string {
  return `must be a CIDR such as 10.0.0.0/8 or fd00::/8, but is ${describe(text)}`
}
