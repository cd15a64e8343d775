/** The kinds that feeds are about, and how their objects are found in the store. */
import {
  findKind,
  type GlobalNetworkSet,
  type GlobalThreatFeed,
  type KindDefinition,
  type ResourceObject,
  threatFeedSetName,
} from '@margay/resources'
import { keyOf, prefixOf } from '../rest/keys.ts'

const apiVersion = 'projectcalico.org/v3'

export const feedKind = known('GlobalThreatFeed')
export const setKind = known('GlobalNetworkSet')
export const feedCollection = prefixOf(feedKind)

export function feedKey(name: string): string {
  return keyOf(feedKind, undefined, name)
}

export function setKey(name: string): string {
  return keyOf(setKind, undefined, name)
}

/** What the keys of all sets of all feeds begin with. */
export const setKeyPrefix = setKey(threatFeedSetName(''))

export function asFeed(object: ResourceObject): GlobalThreatFeed {
  return object as unknown as GlobalThreatFeed
}

export function asSet(object: ResourceObject): GlobalNetworkSet {
  return object as unknown as GlobalNetworkSet
}

/** Changes when somebody wants something else, and not with a status. */
export function versionOf({ metadata }: Pick<GlobalThreatFeed, 'metadata'>): string {
  return `${metadata.uid} ${metadata.generation}`
}

/** The feed whose set this is; undefined for one that a person made. */
export function ownerOf({ metadata }: Pick<ResourceObject, 'metadata'>): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner?.apiVersion === apiVersion && owner.kind === feedKind.kind ? owner.name : undefined
}

export function ownerReferenceTo({ metadata }: GlobalThreatFeed) {
  const { name, uid = '' } = metadata
  return { apiVersion, kind: feedKind.kind, name, uid, controller: true }
}

function known(name: string): KindDefinition {
  const kind = findKind(apiVersion, name)
  if (kind === undefined) throw new Error(`the resources room does not know ${name}`)
  return kind
}
