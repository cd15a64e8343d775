import type { Direction } from '@margay/policy'

/** Where the other end's address stands in a packet. */
export function peerSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'saddr' : 'daddr'
}

export function ownSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'daddr' : 'saddr'
}
