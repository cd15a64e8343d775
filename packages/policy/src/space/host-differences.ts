/**
 * What host endpoints decide otherwise in one state than in another, exactly: each stage by itself, for whatever destination NAT may
 * make of packets on their way.
 *
 * Left out is what can't come to a stage: what the stages before it decide of all packets that it could be made of, and what comes to
 * the node in a tunnel. Workloads that are in one of the states only are not looked at. Source: spec/dataplane.md 2.2 and 10.
 */
import type { IpVersion } from '@margay/netset'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { blockOf, holesOf } from './flows-between.ts'
import { changesOf, type Place, type StageChange } from './host-changes.ts'
import { claimsIn, type Governed } from './host-claims.ts'
import { HostSpace } from './host-space.ts'
import { jointPeers } from './joint-peers.ts'
import type { Traffic, Traffics } from './traffic.ts'
import { tunnelledTo } from './tunnel-packets.ts'

export interface HostsSeen extends PolicyView {
  readonly state: PolicyState
}

/** One stage of host endpoints that change alike. */
export interface HostDifference extends StageChange {
  /** Sorted. */
  readonly hosts: readonly Governors[]
}

/** The names of the host endpoints that govern an interface; the same twice, mostly. One is undefined where none does. */
export interface Governors {
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Empty exactly when host endpoints decide the same, wherever packets come to them; see `claimsIn` for what is unclear. */
export function hostDifferences(
  before: HostsSeen,
  after: HostsSeen,
  version: IpVersion,
  traffics: Traffics,
): HostDifference[] {
  const { governed } = claimsIn(before.state, after.state)
  if (governed.length === 0) return []
  const old = new HostSpace(before.state, version, traffics, before)
  const now = new HostSpace(after.state, version, traffics, after)
  const [places, holes] = [placesIn(old, now), holesOf(old, now)]
  const everybody = blockOf(
    places.map(({ peer }) => peer),
    holes,
  )
  const groups = Map.groupBy(governed, (it) => {
    const meanings = [old.meaningOf(it.before), now.meaningOf(it.after)]
    return [...meanings.map(({ key }) => key), tunnelled(it).id].join('\n\n')
  })
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const context = { places, everybody, holes, traffics, tunnelled: tunnelled(first) }
    const changes = changesOf(old.meaningOf(first.before), now.meaningOf(first.after), context)
    const hosts = governorsOf(members)
    return changes.map((change) => ({ ...change, hosts }))
  })

  function tunnelled({ node }: Governed): Traffic {
    const was = tunnelledTo(before.state.settingsOf(node), version, traffics)
    return traffics.intersect(was, tunnelledTo(after.state.settingsOf(node), version, traffics))
  }
}

function placesIn(old: HostSpace, now: HostSpace): Place[] {
  return jointPeers(old, now).flatMap(({ peer, before = -1, after = -1 }) => {
    const [was, is] = [old.facts[before], now.facts[after]]
    return was === undefined || is === undefined ? [] : [{ peer, before: was, after: is }]
  })
}

/** Each two once, whatever interfaces they govern. */
function governorsOf(members: readonly Governed[]): Governors[] {
  const text = ({ before, after }: Governors) => `${after ?? before} ${before}`
  const all = members.map(({ before, after }) => ({ before: before?.key, after: after?.key }))
  const distinct = [...new Map(all.map((it) => [text(it), it])).values()]
  return distinct.sort((one, other) => (text(one) < text(other) ? -1 : 1))
}
