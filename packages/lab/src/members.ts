/** The namespaces of a lab as plain data: safe to print, to write to JSON, and to hand to another process. */

/** What a caller asks for. */
export interface PodSpec {
  /** Name of the node it runs on. */
  readonly node: string
  /** Kubernetes namespace. */
  readonly namespace: string
  readonly name: string
  /** IPv4 and IPv6 addresses, without prefix length; at least one; the first of each family is the default source. */
  readonly ips: readonly string[]
  /** Name of the host side of its veth pair, for example `cali12d4a061371`; at most 15 characters. */
  readonly interfaceName: string
}

export interface LabPod extends PodSpec {
  readonly kind: 'pod'
  /** Name of its network namespace, as `ip netns exec` takes it. */
  readonly netns: string
}

export interface LabNode {
  readonly kind: 'node'
  readonly name: string
  /** Its own addresses on the network that joins the nodes: one IPv4, one IPv6. */
  readonly ips: readonly string[]
  readonly netns: string
}

export type LabMember = LabPod | LabNode

/** `namespace/name`. */
export function podKey(pod: { readonly namespace: string; readonly name: string }): string {
  return `${pod.namespace}/${pod.name}`
}

/** How a person names it: `pod shop/web` or `node a`. */
export function describeMember(member: LabMember): string {
  return member.kind === 'pod' ? `pod ${podKey(member)}` : `node ${member.name}`
}
