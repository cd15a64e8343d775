/**
 * Keys of classes, and of what they are made of. A class says nothing but what its key says, and the key is the same at another time
 * and in another process: numbers in the kernel are made of it, and survive restarts of the agent.
 */
import type { NamedPort } from '../model/endpoint.ts'
import type { ServicePlaces } from './address-class.ts'
import type { Labels } from './read-labels.ts'

/**
 * Of addresses of endpoints and services, and of those that are known by names. `owners` are keys of what prefixes around the address say of
 * it, `names` of what its names say: sorted, each once.
 */
export function hostClassKey(
  endpointKeys: Iterable<string>,
  owners: readonly string[],
  services: readonly ServicePlaces[],
  names: readonly string[] = [],
): string {
  const known = [sorted(endpointKeys), owners, sorted(services.map(placesKey))]
  const text = JSON.stringify(names.length === 0 ? known : [...known, names])
  return flat('h', text)
}

/** The same for one endpoint: `alone` is its key without owners and services, `rangeKey` that of ranges that have the owners. */
export function hostClassKeyWithin(alone: string, rangeKey: string): string {
  return flat(alone.slice(0, -'[],[]]'.length), rangeKey.slice('r'.length), ',[]]')
}

/** Of all other addresses. */
export function rangeClassKey(owners: readonly string[]): string {
  return `r${JSON.stringify(owners)}`
}

/** Labels and ports are those that some criterion reads, in any order. */
export function endpointKey(labels: Labels, ports: readonly NamedPort[]): string {
  return JSON.stringify([labelTexts(labels), sorted(ports.map(portText))])
}

/** Of prefixes that network sets with these labels have; the labels are those that some criterion reads. */
export function networkSetKey(labels: Labels): string {
  return `s ${JSON.stringify(labelTexts(labels))}`
}

/** Of names that network sets with these labels give. */
export function namedSetKey(labels: Labels): string {
  return networkSetKey(labels)
}

/** Of names that rules list: `domains` is the key of their set. */
export function namesKey(domains: string): string {
  return `d ${domains}`
}

/** Of prefixes that rules list; see `netListKey`. */
export function listedKey(netList: string): string {
  return `n ${netList}`
}

export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort()
}

/** One text, where `+` would make a pair of two that is kept together with the text that it becomes: there is a key for each class. */
function flat(...texts: readonly string[]): string {
  return texts.join('')
}

function placesKey({ id, ports }: ServicePlaces): string {
  return JSON.stringify([id, sorted(ports.map(portText))])
}

/** In an order that does not depend on where they come from. */
function labelTexts(labels: Labels): string[] {
  const texts: string[] = []
  for (const [name, value] of labels) texts.push(`${name}=${value}`)
  return texts.sort()
}

function portText({ name, protocol, port }: NamedPort): string {
  return `${name} ${protocol} ${port}`
}
