/**
 * Policy that is legal, and surely not what its author meant: rules that can never match, rules that none ever reaches,
 * rules of a direction that the policy does not govern, selectors that select nothing.
 *
 * Sound, not complete: what is reported is so whatever else there is in the cluster.
 */
import { type Cidr, type PortRange, parseCidr, subtractCidrs, subtractPorts } from '@margay/netset'
import {
  type EntityRule,
  type ParsedPort,
  parsePort,
  parseSelector,
  type Rule,
  type Selector,
} from '@margay/resources'
import { protocolNumber } from '../model/protocol.ts'
import { selectsNothing } from './selects-nothing.ts'

export interface Suspicion {
  /** Such as `spec.ingress[2].source`. */
  readonly path: string
  /** A sentence without its subject. */
  readonly message: string
}

export interface SuspiciousSpec {
  readonly selector?: string
  readonly namespaceSelector?: string
  readonly serviceAccountSelector?: string
  readonly types?: readonly string[]
  readonly ingress?: readonly Rule[]
  readonly egress?: readonly Rule[]
}

/** Takes an admitted policy of `projectcalico.org/v3`, staged ones included. */
export function suspicionsOf(spec: SuspiciousSpec): Suspicion[] {
  return [
    ...(['selector', 'namespaceSelector', 'serviceAccountSelector'] as const).flatMap((field) =>
      inSelector(spec[field], `spec.${field}`, 'so the policy applies to nothing'),
    ),
    ...inDirection(spec, 'ingress', 'Ingress'),
    ...inDirection(spec, 'egress', 'Egress'),
  ]
}

function inDirection(spec: SuspiciousSpec, field: 'ingress' | 'egress', type: string): Suspicion[] {
  const rules = spec[field] ?? []
  const path = `spec.${field}`
  if (rules.length > 0 && spec.types !== undefined && !spec.types.includes(type))
    return [{ path, message: `has no effect, because spec.types lacks ${type}` }]
  return [...rules.flatMap((rule, index) => inRule(rule, `${path}[${index}]`)), ...afterCatchAll(rules, path)]
}

/** What stands behind a rule that takes every packet. */
function afterCatchAll(rules: readonly Rule[], path: string): Suspicion[] {
  const index = rules.findIndex(takesEverything)
  if (index === -1 || index === rules.length - 1) return []
  const message = `can never match, because ${path}[${index}] takes every packet before`
  return rules.slice(index + 1).map((_, i) => ({ path: `${path}[${index + 1 + i}]`, message }))
}

function takesEverything({ action, metadata: _, ...criteria }: Rule): boolean {
  return action !== 'Log' && Object.values(criteria).every(saysNothing)
}

function saysNothing(criterion: unknown): boolean {
  if (criterion === undefined || criterion === '') return true
  if (Array.isArray(criterion)) return criterion.length === 0
  return typeof criterion === 'object' && criterion !== null && Object.values(criterion).every(saysNothing)
}

function inRule(rule: Rule, path: string): Suspicion[] {
  const { protocol, notProtocol } = rule
  const isExcluded =
    protocol !== undefined && notProtocol !== undefined && numberOf(protocol) === numberOf(notProtocol)
  return [
    ...(isExcluded ? [{ path, message: 'can never match: notProtocol excludes its protocol' }] : []),
    ...inPeer(rule.source ?? {}, `${path}.source`),
    ...inPeer(rule.destination ?? {}, `${path}.destination`),
  ]
}

function numberOf(protocol: string | number): number | string {
  return protocolNumber(protocol) ?? protocol
}

function inPeer(peer: EntityRule, path: string): Suspicion[] {
  return [
    ...inSelector(peer.selector, `${path}.selector`, neverMatches),
    ...inSelector(peer.namespaceSelector, `${path}.namespaceSelector`, neverMatches),
    ...inSelector(peer.serviceAccounts?.selector, `${path}.serviceAccounts.selector`, neverMatches),
    ...(hasNoNetLeft(peer)
      ? [{ path: `${path}.notNets`, message: `takes away all of nets, ${neverMatches}` }]
      : []),
    ...(hasNoPortLeft(peer)
      ? [{ path: `${path}.notPorts`, message: `takes away all of ports, ${neverMatches}` }]
      : []),
  ]
}

const neverMatches = 'so the rule can never match'

function inSelector(text: string | undefined, path: string, consequence: string): Suspicion[] {
  const selector = parsed(text)
  if (selector === undefined || !selectsNothing(selector)) return []
  return [{ path, message: `contradicts itself and selects nothing, ${consequence}` }]
}

function parsed(text = ''): Selector | undefined {
  try {
    return text.trim() === '' ? undefined : parseSelector(text)
  } catch {
    return undefined
  }
}

function hasNoNetLeft({ nets = [], notNets = [] }: EntityRule): boolean {
  if (nets.length === 0 || notNets.length === 0) return false
  return subtractCidrs(cidrs(nets), cidrs(notNets)).length === 0
}

function cidrs(texts: readonly string[]): Cidr[] {
  return texts.map(parseCidr).filter((cidr) => cidr !== undefined)
}

/** Named ports are each endpoint's own, so that nothing is known of them. */
function hasNoPortLeft({ ports = [], notPorts = [] }: EntityRule): boolean {
  if (ports.length === 0 || notPorts.length === 0) return false
  const wanted = ports.map(parsePort)
  const ranges = wanted.flatMap(rangeOf)
  return (
    ranges.length === wanted.length &&
    subtractPorts(ranges, notPorts.map(parsePort).flatMap(rangeOf)).length === 0
  )
}

function rangeOf(port: ParsedPort): PortRange[] {
  return port.kind === 'Range' ? [{ min: port.min, max: port.max }] : []
}
