/** A rule about one flow, in the language of each kind of policy. */
import type { Resource } from '@margay/resources'
import { escapePath } from '../../http/normalize-path.ts'
import type { Flow, Sent } from '../../model/flow.ts'
import { hasPorts, protocolName, protocols } from '../../model/protocol.ts'
import type { Direction } from '../../model/rule.ts'
import type { Named } from './far-side.ts'

export interface NewRule {
  readonly action: 'Allow' | 'Deny'
  readonly direction: Direction
  /** The side that the policy does not apply to. */
  readonly far: Named
  /** Of all that the policy applies to this one alone; undefined: all of them. */
  readonly near?: Named | undefined
  readonly flow: Flow
}

/** Undefined where the kind has no way to say it. Only Calico's policies can name the near side. */
export function ruleFor(policy: Resource, rule: NewRule): object | undefined {
  switch (policy.kind) {
    case 'NetworkPolicy':
      if (policy.apiVersion === 'networking.k8s.io/v1')
        return rule.action === 'Allow' ? kubernetesRule(rule, policy.metadata.namespace ?? '') : undefined
      return calicoRule(rule, policy.metadata.namespace ?? '')
    case 'GlobalNetworkPolicy':
      return calicoRule(rule, '')
    case 'ClusterNetworkPolicy':
      return clusterRule(rule)
    default:
      return undefined
  }
}

/** `namespace` is empty for a global policy. */
export function calicoRule({ action, direction, far, near, flow }: NewRule, namespace: string): object {
  const isIngress = direction === 'Ingress'
  const [from, to] = isIngress ? [far, near] : [near, far]
  const ports = portOf(flow) === undefined ? {} : { ports: [portOf(flow)] }
  const source = from === undefined ? {} : calicoPeer(from, namespace)
  const destination = { ...(to !== undefined && calicoPeer(to, namespace)), ...ports }
  const http = isIngress && action === 'Allow' ? httpOf(flow.http) : {}
  return {
    action,
    ...calicoProtocol(flow),
    ...(Object.keys(source).length > 0 && { source }),
    ...(Object.keys(destination).length > 0 && { destination }),
    ...http,
  }
}

function calicoPeer(far: Named, namespace: string): object {
  if (far.kind === 'Address') return { nets: [far.net] }
  const selector = Object.entries(far.labels)
    .map(([name, value]) => `${name} == ${quoted(value)}`)
    .join(' && ')
  const labels = { selector: selector === '' ? 'all()' : selector }
  if (far.namespace === namespace) return labels
  return { ...labels, namespaceSelector: `projectcalico.org/name == ${quoted(far.namespace)}` }
}

/** Values of labels hold no quotes. */
function quoted(value: string): string {
  return `'${value}'`
}

function calicoProtocol({ protocol, icmp, ipVersion }: Flow): object {
  const isIcmp = protocol === (ipVersion === 4 ? protocols.icmp : protocols.icmpv6)
  const name = protocolName(protocol)
  return {
    protocol: name === String(protocol) ? protocol : name,
    ...(isIcmp && icmp !== undefined && { icmp: { type: icmp.type, code: icmp.code } }),
  }
}

/** Of one rule, as validation allows. */
const mostHeaders = 20

/** A rule without it lets in more requests, but the one that was asked about, too. */
function canBeSaid(value: string): boolean {
  return value.length <= 1024 && !/[\p{Cc}\p{Cs}]/u.test(value)
}

/** Where the path can't be normalised no rule can name it: only one that asks for none lets the request in. */
function httpOf(sent: Sent | undefined): object {
  if (sent === undefined || sent === 'NotHttp') return {}
  const { method, path, headers = [] } = sent
  const named = [...headers].filter(([, value]) => canBeSaid(value)).slice(0, mostHeaders)
  const http = {
    methods: [method],
    ...(path !== undefined && { paths: [{ exact: escapePath(path) }] }),
    ...(named.length > 0 && {
      headers: named.map(([header, value]) => ({ header, operator: 'In', values: [value] })),
    }),
  }
  return { http }
}

/** Kubernetes' policies know TCP, UDP and SCTP. */
function kubernetesRule({ direction, far, flow }: NewRule, namespace: string): object | undefined {
  if (!hasPorts(flow.protocol)) return undefined
  const ports = [{ protocol: protocolName(flow.protocol), port: portOf(flow) }]
  const peers = [kubernetesPeer(far, namespace)]
  return direction === 'Ingress' ? { from: peers, ports } : { to: peers, ports }
}

function kubernetesPeer(far: Named, namespace: string): object {
  if (far.kind === 'Address') return { ipBlock: { cidr: far.net } }
  const podSelector = { matchLabels: far.labels }
  return far.namespace === namespace ? { podSelector } : { ...inNamespace(far.namespace), podSelector }
}

function inNamespace(name: string): object {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }
}

/** Ingress of cluster policies knows no addresses. */
function clusterRule({ action, direction, far, flow }: NewRule): object | undefined {
  if (!hasPorts(flow.protocol)) return undefined
  if (far.kind === 'Address' && direction === 'Ingress') return undefined
  const peer =
    far.kind === 'Address'
      ? { networks: [far.net] }
      : { pods: { ...inNamespace(far.namespace), podSelector: { matchLabels: far.labels } } }
  const port = { destinationPort: { number: portOf(flow) } }
  return {
    action: action === 'Allow' ? 'Accept' : 'Deny',
    [direction === 'Ingress' ? 'from' : 'to']: [peer],
    protocols: [{ [protocolName(flow.protocol).toLowerCase()]: port }],
  }
}

function portOf({ protocol, destinationPort }: Flow): number | undefined {
  return hasPorts(protocol) ? destinationPort : undefined
}
