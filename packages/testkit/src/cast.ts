/** Who is on stage. Places and addresses are fixed, since a lab makes them once; a world decides what they are to policy. */

export interface Cast {
  readonly seats: readonly Seat[]
  /** Machines that no policy knows as pods: their addresses are outside of the cluster. */
  readonly strangers: readonly Stranger[]
  readonly nodes: readonly CastNode[]
}

/** A place where a pod may be. A world may leave it empty. */
export interface Seat {
  readonly namespace: string
  readonly name: string
  /** The name of its node. */
  readonly node: string
  /** IPv4 and IPv6, without prefix length; at least one. */
  readonly addresses: readonly string[]
}

export interface Stranger {
  readonly name: string
  /** The node that it is attached to. */
  readonly node: string
  readonly addresses: readonly string[]
}

export interface CastNode {
  readonly name: string
  readonly addresses: readonly string[]
}

/**
 * Two nodes, three namespaces, seven pods: one with two IPv4 addresses, one without IPv6. Neighbouring addresses, so that
 * prefixes of different lengths tell them apart.
 */
export const smallCast: Cast = {
  seats: [
    { namespace: 'red', name: 'r1', node: 'a', addresses: ['10.65.0.1', 'fd65::1'] },
    { namespace: 'red', name: 'r2', node: 'b', addresses: ['10.65.0.2', 'fd65::2'] },
    { namespace: 'red', name: 'r3', node: 'a', addresses: ['10.65.0.3', '10.65.9.3', 'fd65::1:3'] },
    { namespace: 'blue', name: 'b1', node: 'a', addresses: ['10.65.1.1', 'fd65::1:1'] },
    { namespace: 'blue', name: 'b2', node: 'b', addresses: ['10.65.1.2', 'fd65::1:2'] },
    { namespace: 'green', name: 'g1', node: 'b', addresses: ['10.65.128.1', 'fd65::8000:1'] },
    { namespace: 'green', name: 'g2', node: 'a', addresses: ['10.65.128.2'] },
  ],
  strangers: [
    { name: 'near', node: 'a', addresses: ['203.0.113.7', '2001:db8::7'] },
    { name: 'far', node: 'b', addresses: ['198.51.100.9', '2001:db8:1::9'] },
  ],
  nodes: [
    { name: 'a', addresses: ['198.18.0.1', 'fd6d:6172:6761:7900::1'] },
    { name: 'b', addresses: ['198.18.0.2', 'fd6d:6172:6761:7900::2'] },
  ],
}

export function namespacesOf(cast: Cast): string[] {
  return [...new Set(cast.seats.map(({ namespace }) => namespace))]
}
