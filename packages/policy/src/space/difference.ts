/** What can be said of two states exactly: every connection, and every HTTP request, that is gained or lost from one to the other. */
import type { IpVersion } from '@margay/netset'
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity, type ConnectivityOptions, notOurs } from './connectivity.ts'
import { type Block, holesOf, rowsBetween } from './flows-between.ts'
import { claimsIn } from './host-claims.ts'
import { type HostDifference, hostDifferences } from './host-differences.ts'
import { requestClasses } from './http-requests.ts'
import { type JointPeer, jointPeers } from './joint-peers.ts'
import { type SettingsDifference, settingsDifferences } from './node-settings-differences.ts'
import { type Traffic, Traffics } from './traffic.ts'

/** A state, and how to look at it. */
export interface Seen extends Omit<ConnectivityOptions, 'traffics'> {
  readonly state: PolicyState
}

export interface DifferenceRow {
  readonly from: Block
  readonly to: Block
  /** One of them at least is not empty. */
  readonly gained: Traffic
  readonly lost: Traffic
}

export interface Differences {
  /** Of connections, as the kernel judges them. */
  readonly connections: readonly DifferenceRow[]
  /** Of HTTP requests, where they are not simply those of their connections. */
  readonly requests: readonly RequestDifference[]
  /** Of what host endpoints decide about packets that come to their nodes, leave them, or go through them. */
  readonly hosts: readonly HostDifference[]
  /** What only nodes know: settings that differ, and nodes of which it depends on the addresses of their interfaces who governs these. */
  readonly nodes: NodeDifferences
}

export interface NodeDifferences {
  readonly settings: readonly SettingsDifference[]
  /** Names, sorted. */
  readonly unclear: readonly string[]
}

export interface RequestDifference {
  /** All that are treated so, and all that are told apart, as `requestClasses` names them; never empty. */
  readonly requests: readonly HttpRequest[]
  readonly among: readonly HttpRequest[]
  readonly rows: readonly DifferenceRow[]
}

/**
 * All empty exactly when both mean the same. Workloads are known by their names; one that is in one of the
 * states only has no connections in the other. An address that is a workload's in one of them counts as that workload's alone.
 */
export function differencesBetween(
  before: Seen,
  after: Seen,
  version: IpVersion,
  traffics = new Traffics(),
): Differences {
  const [old, now] = mapsOf(before, after, version, { traffics })
  const classes = requestClasses([...old.httpMatches, ...now.httpMatches])
  const connections = rowsOf(old, now)
  return {
    connections,
    requests: requestDifferences(before, after, version, { traffics, classes }),
    hosts: hostDifferences(before, after, version, traffics),
    nodes: nodeDifferences(before.state, after.state),
  }
}

function nodeDifferences(before: PolicyState, after: PolicyState): NodeDifferences {
  return { settings: settingsDifferences(before, after), unclear: claimsIn(before, after).unclear }
}

function mapsOf(
  before: Seen,
  after: Seen,
  version: IpVersion,
  options: ConnectivityOptions,
): [Connectivity, Connectivity] {
  const [old, now] = [before, after].map(
    ({ state, ...view }) => new Connectivity(state, version, { ...view, ...options }),
  )
  return [old as Connectivity, now as Connectivity]
}

function rowsOf(old: Connectivity, now: Connectivity): DifferenceRow[] {
  const peers = jointPeers(old, now)
  const kinds = [
    ...Map.groupBy(peers.keys(), (position) => kindOf(peers[position] as JointPeer, old, now)).values(),
  ]
  const first = kinds.map(([position]) => peers[position as number] as JointPeer)
  const changes = new Changes(old, now, first)
  const alike = kinds.map((positions) => positions.map((position) => (peers[position] as JointPeer).peer))
  return rowsBetween({
    kinds: alike,
    cells: changes.codes,
    holes: holesOf(old, now),
    say: (code) => changes.of(code),
  })
}

interface Requests {
  readonly traffics: Traffics
  readonly classes: readonly HttpRequest[][]
}

/** Kinds of requests of which the same is gained and lost are told together. */
function requestDifferences(
  before: Seen,
  after: Seen,
  version: IpVersion,
  { traffics, classes }: Requests,
): RequestDifference[] {
  if (classes.length === 0) return []
  const packets = traffics.ofProtocol(protocols.tcp)
  const told = (request: { readonly request?: HttpRequest }) =>
    rowsOf(...mapsOf(before, after, version, { traffics, packets, ...request }))
  const known = textOf(told({}))
  const byText = new Map<string, { requests: HttpRequest[]; rows: DifferenceRow[] }>()
  for (const requests of classes) {
    const rows = told({ request: requests[0] as HttpRequest })
    const text = textOf(rows)
    if (text === known) continue
    const same = byText.get(text)
    if (same === undefined) byText.set(text, { requests: [...requests], rows })
    else same.requests.push(...requests)
  }
  const among = classes.flat()
  return [...byText.values()].map((it) => ({ ...it, among }))
}

/** Equal for rows that say the same. */
function textOf(rows: readonly DifferenceRow[]): string {
  const endText = ({ workloads, outside }: Block) => [
    ...workloads.map(({ endpoint, address }) => `${endpoint.key} ${address?.value}`).sort(),
    ...outside.map(({ first, last }) => `${first}-${last}`),
  ]
  const texts = rows.map(({ from, to, gained, lost }) =>
    JSON.stringify([endText(from), endText(to), gained.id, lost.id]),
  )
  return texts.sort().join('\n')
}

function kindOf({ before, after }: JointPeer, old: Connectivity, now: Connectivity): string {
  const kinds = [before === undefined ? '' : old.kindOf(before), after === undefined ? '' : now.kindOf(after)]
  return kinds.join('|')
}

type Change = Pick<DifferenceRow, 'gained' | 'lost'>

/** A number for each two peers: 0 where nothing changes, and one for each different change. */
class Changes {
  readonly codes: Int32Array
  readonly #byCode: (Change | undefined)[] = [undefined]

  constructor(old: Connectivity, now: Connectivity, peers: readonly JointPeer[]) {
    const was = old.table(peers.map(({ before }) => before))
    this.codes = now.table(peers.map(({ after }) => after))
    const known = new Map<number, number>()
    const { traffics } = now
    for (const [cell, is] of this.codes.entries()) {
      const before = was[cell] as number
      if (is === before) this.codes[cell] = is === notOurs ? notOurs : 0
      else {
        const key = before * 0x1_00_00_00 + is
        const [one, other] = [traffics.withId(before), traffics.withId(is)]
        const code =
          known.get(key) ?? this.#codeOf(traffics.subtract(other, one), traffics.subtract(one, other))
        known.set(key, code)
        this.codes[cell] = code
      }
    }
  }

  of(code: number): Change | undefined {
    return this.#byCode[code]
  }

  /** Different sets of packets before and after may be the same change. */
  #codeOf(gained: Traffic, lost: Traffic): number {
    const known = this.#byCode.findIndex((it) => it?.gained === gained && it.lost === lost)
    return known > 0 ? known : this.#byCode.push({ gained, lost }) - 1
  }
}
