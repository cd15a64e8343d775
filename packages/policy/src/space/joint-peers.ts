/** The peers of two states side by side. */
import type { SpacePeer } from './peer-classes.ts'
import { intersectSpans, type Span } from './span.ts'

/** The same peer in both, by its position in each; undefined where it is not there. */
export interface JointPeer {
  readonly peer: SpacePeer
  readonly before: number | undefined
  readonly after: number | undefined
}

interface Peers {
  readonly peers: readonly SpacePeer[]
}

export function jointPeers(old: Peers, now: Peers): JointPeer[] {
  return [...jointWorkloads(old.peers, now.peers), ...jointOutside(old.peers, now.peers)]
}

/** By name, and where a workload has several addresses, by their order. */
function jointWorkloads(before: readonly SpacePeer[], after: readonly SpacePeer[]): JointPeer[] {
  const [old, now] = [positionsByName(before), positionsByName(after)]
  return [...new Set([...old.keys(), ...now.keys()])].map((name): JointPeer => {
    const [was, is] = [old.get(name), now.get(name)]
    const peer = is === undefined ? before[was as number] : after[is]
    return { peer: peer as SpacePeer, before: was, after: is }
  })
}

function positionsByName(peers: readonly SpacePeer[]): Map<string, number> {
  const counts = new Map<string, number>()
  return new Map(
    peers.flatMap((peer, position): [string, number][] => {
      if (peer.kind === 'Outside') return []
      const count = counts.get(peer.endpoint.key) ?? 0
      counts.set(peer.endpoint.key, count + 1)
      return [[`${peer.endpoint.key} ${count}`, position]]
    }),
  )
}

function jointOutside(before: readonly SpacePeer[], after: readonly SpacePeer[]): JointPeer[] {
  const now = outsideOf(after)
  return outsideOf(before).flatMap((was) =>
    now.flatMap((is): JointPeer[] => {
      const spans = intersectSpans(was.spans, is.spans)
      if (spans.length === 0) return []
      return [{ peer: { kind: 'Outside', spans }, before: was.position, after: is.position }]
    }),
  )
}

function outsideOf(peers: readonly SpacePeer[]): { position: number; spans: readonly Span[] }[] {
  return peers.flatMap((peer, position) => (peer.kind === 'Outside' ? [{ position, spans: peer.spans }] : []))
}
