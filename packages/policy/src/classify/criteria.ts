/** What the peers of rules ask of an address: the criteria that can tell two addresses apart. */
import { type Cidr, formatCidr, mergeCidrs } from '@margay/netset'
import type { Selector } from '@margay/resources'
import type { PeerMatch, PortMatch } from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'
import type { DomainSet } from '../state/domain-set.ts'
import type { ServiceSet } from '../state/service-set.ts'

export type Criterion =
  /** With names: also for addresses that are known by a name that a network set of it gives. */
  | { readonly key: string; readonly kind: 'Set'; readonly set: AddressSet; readonly countsNames: boolean }
  | { readonly key: string; readonly kind: 'Nets'; readonly nets: readonly Cidr[] }
  | { readonly key: string; readonly kind: 'Domains'; readonly domains: DomainSet }
  | { readonly key: string; readonly kind: 'Service'; readonly service: ServiceSet }
  /** Holds for addresses at which one of the names is the name of a port. */
  | { readonly key: string; readonly kind: 'Names'; readonly ports: PortMatch }

/** What one peer asks, sorted by what a match needs. */
export interface PeerCriteria {
  readonly all: readonly Criterion[]
  /** Those that must hold, without names. */
  readonly positive: readonly Criterion[]
  /** Those that must not, without names. */
  readonly negative: readonly Criterion[]
}

const criteriaByPeer = new WeakMap<PeerMatch, PeerCriteria>()

/** Equal criteria of two peers have equal keys. */
export function criteriaOf(peer: PeerMatch): PeerCriteria {
  const known = criteriaByPeer.get(peer)
  if (known !== undefined) return known
  const positive = [
    ...setCriterion(peer.inSet, peer.countsNames),
    ...domainsCriterion(peer.inDomains),
    ...netsCriterion(peer.nets),
    ...serviceCriterion(peer.inService),
  ]
  const negative = [...setCriterion(peer.notInSet, false), ...netsCriterion(peer.notNets)]
  const names = [...namesCriterion(peer.ports), ...namesCriterion(peer.notPorts)]
  const made = { all: [...positive, ...negative, ...names], positive, negative }
  criteriaByPeer.set(peer, made)
  return made
}

/** Undefined when the ports have no names. */
export function namesCriterionKey({ names, namesWithin }: PortMatch): string | undefined {
  return names.length === 0 ? undefined : `p ${JSON.stringify([names, namesWithin?.id ?? null])}`
}

function setCriterion(set: AddressSet | undefined, countsNames: boolean): Criterion[] {
  if (set === undefined) return []
  return [{ key: `${countsNames ? 'S' : 's'} ${set.id}`, kind: 'Set', set, countsNames }]
}

function domainsCriterion(domains: DomainSet | undefined): Criterion[] {
  return domains === undefined ? [] : [{ key: `d ${domains.key}`, kind: 'Domains', domains }]
}

function netsCriterion(nets: readonly Cidr[] | undefined): Criterion[] {
  return nets === undefined ? [] : [{ key: `n ${netListKey(nets)}`, kind: 'Nets', nets }]
}

function serviceCriterion(service: ServiceSet | undefined): Criterion[] {
  return service === undefined ? [] : [{ key: service.id, kind: 'Service', service }]
}

function namesCriterion(ports: PortMatch | undefined): Criterion[] {
  const key = ports === undefined ? undefined : namesCriterionKey(ports)
  return key === undefined || ports === undefined ? [] : [{ key, kind: 'Names', ports }]
}

const keyByList = new WeakMap<readonly Cidr[], string>()

/** Equal for lists of the same addresses. */
export function netListKey(nets: readonly Cidr[]): string {
  const known = keyByList.get(nets)
  if (known !== undefined) return known
  const key = mergeCidrs(nets).map(formatCidr).join(' ')
  keyByList.set(nets, key)
  return key
}

/** The labels that decide whether the selector matches. */
export function labelsReadBy(selector: Selector): string[] {
  switch (selector.kind) {
    case 'All':
    case 'Global':
      return []
    case 'Not':
      return labelsReadBy(selector.operand)
    case 'And':
    case 'Or':
      return selector.operands.flatMap(labelsReadBy)
    default:
      return [selector.label]
  }
}
