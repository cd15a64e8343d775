/** All that a state answers, as lines of text that do not depend on the order in which it was told. */
import { PodEndpoint } from '../lower/pod-endpoint.ts'
import type { Endpoint } from '../model/endpoint.ts'
import { LayeredLabels } from '../model/layered-labels.ts'
import type { Policy } from '../model/policy.ts'
import type { PeerMatch } from '../model/rule.ts'
import { AddressPortSet } from './address-port-set.ts'
import { AddressSet } from './address-set.ts'
import type { BuiltState } from './build-state.ts'
import { LazyPolicy } from './lazy-policy.ts'
import type { PolicyState } from './policy-state.ts'
import { ServiceSet } from './service-set.ts'

export const directions = ['Ingress', 'Egress'] as const
const stages = ['Untracked', 'PreDNAT', 'Normal', 'Forward'] as const

export function textOf({ state, problems, objectProblems }: BuiltState, nodes: readonly string[]): string[] {
  const lines = [
    ...[...state.endpoints].map(lineOf),
    ...[...state.hostEndpoints].map(lineOf),
    ...state.networkSets.map(lineOf),
    ...placeLines(state),
    ...effectiveLines(state),
    ...hostLines(state),
    ...nodes.map((node) => `settings of ${node}: ${lineOf(state.settingsOf(node))}`),
    ...policiesOf(state).flatMap(memberLines),
    ...[...problems, ...objectProblems].map(lineOf),
  ]
  return [...new Set(lines)].sort().concat(state.tiers.map(lineOf), state.stagedTiers.map(lineOf))
}

export function policiesOf({ tiers }: Pick<PolicyState, 'tiers'>): Policy[] {
  return tiers.flatMap(({ policies }) => policies)
}

/** Who is found at an address, and behind an interface. */
function placeLines(state: PolicyState): string[] {
  return [...state.endpoints.values()].flatMap(({ addresses, node = '', interfaceName }) => [
    ...addresses.map((it) => `at ${lineOf(it)}: ${state.peerAt(it).endpoint?.key}`),
    `behind ${node} ${interfaceName}: ${state.endpointBehind(node, interfaceName)?.key}`,
  ])
}

function effectiveLines(state: PolicyState): string[] {
  return [...state.endpoints.values()].flatMap((endpoint) =>
    directions.flatMap((direction) =>
      [state.effectivePolicy(endpoint, direction), state.stagedPolicy(endpoint, direction)].map(
        (policy, i) => `${endpoint.key} staged: ${i === 1} ${direction} ${lineOf(policy)}`,
      ),
    ),
  )
}

function hostLines(state: PolicyState): string[] {
  return [...state.hostEndpoints.values()].flatMap((host) =>
    stages.flatMap((stage) =>
      directions.flatMap((it) =>
        [state.effectiveHostPolicy(host, stage, it), state.stagedHostPolicy(host, stage, it)].map(
          (policy, i) => `${host.key} staged: ${i === 1} ${stage} ${it} ${lineOf(policy)}`,
        ),
      ),
    ),
  )
}

function memberLines({ ingress, egress }: Policy): string[] {
  return [...ingress, ...egress].flatMap(({ source, destination }) => [source, destination]).flatMap(ofPeer)
}

function ofPeer({ inSet, notInSet, inService, ports, notPorts }: PeerMatch): string[] {
  const sets = [inSet, notInSet].filter((it) => it !== undefined)
  const places = [inService?.places, ports?.named, notPorts?.named].filter((it) => it !== undefined)
  return [
    ...sets.map((set) => `${set.id}: ${sorted([...set.endpoints, ...set.hostEndpoints, ...set.nets])}`),
    ...places.map((set) => `${set.id}: ${sorted(set.members)}`),
    ...(inService === undefined ? [] : [`${inService.id}: ${sorted(inService.addresses)}`]),
  ]
}

function sorted(members: readonly unknown[]): string {
  return members.map(lineOf).sort().join(' ')
}

/** Pods and policies with what is found when asked for; sets by what they are made of: their members have lines of their own. */
function lineOf(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) => {
    if (it instanceof AddressSet || it instanceof AddressPortSet || it instanceof ServiceSet) return it.id
    if (it instanceof Map || it instanceof LayeredLabels) return [...it]
    if (it instanceof PodEndpoint) return fieldsOf(it)
    if (it instanceof LazyPolicy) return { ...it, ingress: it.ingress, egress: it.egress }
    return typeof it === 'bigint' || it === Number.POSITIVE_INFINITY ? String(it) : it
  })
}

/** What it says, as fields of its own. */
function fieldsOf(it: Endpoint): Endpoint {
  const { key, namespace, name, node, labels, addresses, ports, interfaceName } = it
  const { profiles, allowedSourcePrefixes, limits } = it
  return {
    ...{ key, namespace, name, node, labels, addresses, ports, interfaceName },
    ...{ profiles, allowedSourcePrefixes, limits },
  }
}
