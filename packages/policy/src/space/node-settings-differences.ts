/** Nodes of which settings differ that decide what passes, besides those of which the outcome is told exactly. */
import type { NodeSettings } from '../model/node-settings.ts'
import type { PolicyState } from '../state/policy-state.ts'

const deciding = [
  'interfacePrefixes',
  'defaultEndpointToHostAction',
  'filterAllowAction',
  'mangleAllowAction',
  'vxlanPort',
  'tunnels',
  'workloadSourceSpoofing',
  'forwards',
  'disableConntrackInvalidCheck',
  'dns',
] as const satisfies readonly (keyof NodeSettings)[]

export interface SettingsDifference {
  /** As in `NodeSettings`. */
  readonly setting: (typeof deciding)[number]
  /** Sorted. */
  readonly nodes: readonly string[]
}

export function settingsDifferences(before: PolicyState, after: PolicyState): SettingsDifference[] {
  const nodes = [...new Set([before, after].flatMap(nodesOf))].sort()
  return deciding.flatMap((setting) => {
    const text = (state: PolicyState, node: string) =>
      JSON.stringify(state.settingsOf(node)[setting], withoutBigInts)
    const differing = nodes.filter((node) => text(before, node) !== text(after, node))
    return differing.length === 0 ? [] : [{ setting, nodes: differing }]
  })
}

function nodesOf({ endpoints, hostEndpoints }: PolicyState): string[] {
  const all = [...endpoints.values(), ...hostEndpoints.values()]
  return [...new Set(all.flatMap(({ node }) => (node === undefined ? [] : [node])))]
}

function withoutBigInts(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
