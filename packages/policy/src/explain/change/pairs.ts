/** Which connections between workloads a change may concern: those that one of the changed ends sends or gets. */
import type { Direction } from '../../model/rule.ts'
import type { ChangedEnds } from './changed-ends.ts'
import type { Crowd } from './crowd.ts'

export interface PairsOptions {
  readonly crowd: Crowd
  readonly ends: ChangedEnds
  /** The connection that is asked about, which is no other one; by numbers in the crowd. */
  readonly asked: { readonly source: number | undefined; readonly destination: number | undefined }
  /** How many packets, at most. */
  readonly most: number
}

/** One direction of a workload, by its number in the crowd. */
export interface End {
  readonly end: number
  readonly direction: Direction
}

/** `packets`: a bit for each that counts. */
export type TakePeer = (peer: number, packets: number) => void

/** Each two once, by the end that changed; in the same order for the same ends. */
export function eachPair(options: PairsOptions, takeEnd: (end: End) => TakePeer): void {
  const { crowd, ends } = options
  const all = crowd.packets.length === 1 ? 1 : 3
  let left = options.most
  const walk = (it: End, done: ReadonlySet<number>) => {
    if (crowd.isAway[it.end] === true || left === 0) return
    const take = takeEnd(it)
    const askedPeer = askedPeerOf(it, options)
    for (let peer = 0; peer < crowd.size && left > 0; peer++) {
      if (peer === it.end || crowd.isAway[peer] === true || done.has(peer)) continue
      // Of the connection that is asked about, those to another port.
      const packets = firstOf(peer === askedPeer ? all & ~1 : all, left)
      left -= countOf(packets)
      take(peer, packets)
    }
  }
  for (const end of ends.senders) walk({ end, direction: 'Egress' }, none)
  for (const end of ends.receivers) walk({ end, direction: 'Ingress' }, ends.senders)
}

const none: ReadonlySet<number> = new Set()

/** Of two, at most. */
export function countOf(packets: number): number {
  return (packets & 1) + (packets >> 1)
}

function firstOf(packets: number, most: number): number {
  return countOf(packets) > most ? 1 : packets
}

function askedPeerOf({ end, direction }: End, { asked }: PairsOptions): number | undefined {
  const [near, far] =
    direction === 'Egress' ? [asked.source, asked.destination] : [asked.destination, asked.source]
  return end === near ? far : undefined
}
