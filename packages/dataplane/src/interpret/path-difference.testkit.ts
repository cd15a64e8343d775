/** Compares what compiled tables make of a packet's way with what the path evaluator says of it. */
import type { TableContent } from '@margay/netlink/nftables'
import { parseIp } from '@margay/netset'
import {
  evaluatePath,
  formatPath,
  type Leg,
  type PathPacket,
  type PolicyState,
  resolveHostEndpoints,
} from '@margay/policy'
import { flowOf, type PathLeg, type PathProbe } from '@margay/testkit'
import type { NodeView } from '../compile/options.ts'
import { traverse } from './path.testkit.ts'
import { stagedDifference } from './staged-counts.testkit.ts'

/** The probe's node. Its interfaces are the same in all probes of a cast. */
export function nodeOf({ node, interfaces }: PathProbe): NodeView {
  return { name: node, interfaces: interfaces.map(deviceOf), linkLocals: new Map() }
}

function deviceOf({ name, addresses }: PathProbe['interfaces'][number], index: number) {
  const ips = addresses.map(parseIp).filter((ip) => ip !== undefined)
  return { name, index, handsOn: false, addresses: ips }
}

export function packetOf(state: PolicyState, { from, original, translated }: PathProbe): PathPacket {
  const leg = ({ packet, to }: PathLeg): Leg => ({ flow: flowOf(state, packet), outInterface: to })
  return {
    inInterface: from,
    original: leg(original),
    translated: translated === undefined ? undefined : leg(translated),
  }
}

/** Undefined where both agree; else what each of them says, for a person. */
export function pathDifference(state: PolicyState, probe: PathProbe, inet: TableContent): string | undefined {
  const { name, interfaces } = nodeOf(probe)
  const { interfacePrefixes } = state.settingsOf(name)
  const hosts = state.hostEndpoints.values()
  const governing = resolveHostEndpoints(hosts, name, interfaces, interfacePrefixes)
  const packet = packetOf(state, probe)
  const decision = evaluatePath(state, { name, governing }, packet)
  const hooks = traverse(inet, packet)
  const verdict = hooks.every((hook) => hook.verdict === 'accept') ? 'Allow' : 'Deny'
  const staged = stagedDifference(decision, hooks)
  if (verdict === decision.verdict && staged === undefined) return undefined
  return [
    JSON.stringify(probe),
    `evaluator: ${decision.verdict}`,
    ...formatPath(decision),
    `compiled: ${verdict}`,
    ...hooks.map((hook) => `  ${hook.verdict} ${hook.comment ?? ''}`),
    ...(staged === undefined ? [] : [staged]),
  ].join('\n')
}
