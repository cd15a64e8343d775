/** What can be said of two states exactly: every connection, and every HTTP request, that is gained or lost from one to the other. */
import type { IpVersion } from '@margay/netset'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity, type ConnectivityOptions } from './connectivity.ts'
import { claimsIn } from './host-claims.ts'
import { type HostDifference, hostDifferences } from './host-differences.ts'
import { type DifferenceRow, JointMap } from './joint-map.ts'
import { type NamedDifference, namedDifferences } from './named-differences.ts'
import { namedHostsOf } from './named-hosts.ts'
import { type SettingsDifference, settingsDifferences } from './node-settings-differences.ts'
import { type RequestDifference, requestDifferences } from './request-differences.ts'
import { Traffics } from './traffic.ts'

/** A state, and how to look at it. */
export interface Seen extends Omit<ConnectivityOptions, 'traffics'> {
  readonly state: PolicyState
}

export interface Differences {
  /** Of connections, as the kernel judges them. */
  readonly connections: readonly DifferenceRow[]
  /** Of connections to addresses outside that are known by names, where they are not those of the same addresses without. */
  readonly names: readonly NamedDifference[]
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
  /** Host endpoints whose rules with names of domains are not the same in both, by key, sorted. */
  readonly named: readonly string[]
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
  const maps = mapsOf(before, after, version, { traffics })
  const joint = new JointMap(...maps)
  return {
    connections: joint.rowsOf(joint.table()),
    names: namedDifferences(maps, joint.first, (kind) => joint.workloadsOf(kind)),
    requests: isAnyAsked(maps)
      ? requestDifferences(...mapsOf(before, after, version, overTcp(traffics)))
      : [],
    hosts: hostDifferences(before, after, version, traffics),
    nodes: nodeDifferences(before.state, after.state),
  }
}

function nodeDifferences(before: PolicyState, after: PolicyState): NodeDifferences {
  return {
    settings: settingsDifferences(before, after),
    unclear: claimsIn(before, after).unclear,
    named: namedHostsOf(before, after),
  }
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

function isAnyAsked(maps: readonly Connectivity[]): boolean {
  return maps.some(({ httpMatches }) => httpMatches.length > 0)
}

function overTcp(traffics: Traffics): ConnectivityOptions {
  return { traffics, packets: traffics.ofProtocol(protocols.tcp) }
}
