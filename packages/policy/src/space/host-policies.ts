/**
 * Host endpoints whose own policies may decide otherwise in one state than in another. What they decide is not worked out here: those
 * are told whose rules, or what these speak of, are not the same.
 */
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { Rule } from '../model/rule.ts'
import { AddressPortSet } from '../state/address-port-set.ts'
import { AddressSet } from '../state/address-set.ts'
import type { HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { ServiceSet } from '../state/service-set.ts'

interface Seen extends PolicyView {
  readonly state: PolicyState
}

/** Their names, sorted. */
export function differingHosts(before: Seen, after: Seen): string[] {
  const [old, now] = [before, after].map(textsOf) as [Map<string, string>, Map<string, string>]
  const names = new Set([...old.keys(), ...now.keys()])
  return [...names].filter((name) => old.get(name) !== now.get(name)).sort()
}

function textsOf({ state, staged = false }: Seen): Map<string, string> {
  const rules = new Map<Rule, string>()
  const hosts = [...state.hostEndpoints.values()]
  return new Map(hosts.map((host) => [host.key, textOf(host, state, { staged }, rules)]))
}

const stages: readonly HostStage[] = ['Untracked', 'PreDNAT', 'Normal', 'Forward']

function textOf(host: HostEndpoint, state: PolicyState, view: PolicyView, known: Map<Rule, string>): string {
  const ruleText = (rule: Rule) => {
    const text = known.get(rule) ?? JSON.stringify({ ...rule, origin: undefined }, plain)
    known.set(rule, text)
    return text
  }
  const parts = stages.flatMap((stage) =>
    (['Ingress', 'Egress'] as const).map((direction) => {
      const { tiers, profiles, otherwise } = state.effectiveHostPolicy(host, stage, direction, view)
      const rulesOf = (it: { readonly ingress: readonly Rule[]; readonly egress: readonly Rule[] }) =>
        (direction === 'Ingress' ? it.ingress : it.egress)
          .filter(({ action }) => action !== 'Log')
          .map(ruleText)
      const inTiers = tiers.map(({ defaultAction, policies }) => [defaultAction, policies.flatMap(rulesOf)])
      return [stage, direction, inTiers, profiles.flatMap(rulesOf), otherwise]
    }),
  )
  const { node, interfaceName, expectedAddresses, ports } = host
  return JSON.stringify(
    [{ node, interfaceName, expectedAddresses, ports }, state.settingsOf(node), parts],
    plain,
  )
}

/** Sets by what is in them. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof AddressSet) return [value.id, sorted(value.nets), sorted(value.addresses())]
  if (value instanceof ServiceSet) return [value.id, sorted(value.places.members)]
  if (value instanceof AddressPortSet) return sorted(value.members)
  return value
}

function sorted(all: readonly unknown[]): string[] {
  return all.map((it) => JSON.stringify(it, plain)).sort()
}
