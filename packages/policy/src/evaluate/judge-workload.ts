/** How a workload endpoint judges a packet that it sends or gets. Source: spec/api.md I1 to I8, spec/dataplane.md 2.2. */
import type { Endpoint, ProfileRef } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { protocols } from '../model/protocol.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import type { EndpointDecision, Hit } from './decision.ts'
import { hasDecided, walkTiers } from './walk-tiers.ts'

export function judgeWorkload(
  state: PolicyState,
  endpoint: Endpoint,
  direction: Direction,
  flow: Flow,
  view: PolicyView = {},
): EndpointDecision {
  const policy = state.effectivePolicy(endpoint, direction, view)
  const trace = traceOf(policy, endpoint, flow, state.settingsOf(endpoint.node ?? ''))
  const last = trace.at(-1) as Hit
  return { direction, endpoint: endpoint.key, verdict: last.action === 'Allow' ? 'Allow' : 'Deny', trace }
}

function traceOf(
  policy: EffectivePolicy,
  endpoint: Endpoint,
  flow: Flow,
  settings: NodeSettings,
): [...Hit[], Hit] {
  if (policy.direction === 'Egress' && isForbiddenTunnel(flow, settings))
    return [{ kind: 'Tunnel', action: 'Deny' }]
  const trace = walkTiers(policy, flow)
  return hasDecided(trace) ? (trace as [...Hit[], Hit]) : [...trace, hitProfiles(endpoint.profiles)]
}

/** Whatever policy says: what is in a tunnel is seen by no policy, and its far end may be the node (spec/dataplane.md 2.2.7). */
export function isForbiddenTunnel({ protocol, destinationPort }: Flow, settings: NodeSettings): boolean {
  if (protocol === protocols.ipip) return !settings.allowIpipFromWorkloads
  const isVxlan = protocol === protocols.udp && destinationPort === settings.vxlanPort
  return isVxlan && !settings.allowVxlanFromWorkloads
}

/** Does a packet pass that no tier decided about? */
export function isAllowedByProfiles(profiles: readonly ProfileRef[]): boolean {
  return hitProfiles(profiles).action === 'Allow'
}

/** The first profile with rules decides: a known namespace allows, an unknown one denies; without any it is Deny. */
function hitProfiles(profiles: readonly ProfileRef[]): Hit {
  for (const { name, action } of profiles) {
    if (action !== 'None') return { kind: 'Profile', profile: name, action }
  }
  return { kind: 'NoProfile', action: 'Deny' }
}
