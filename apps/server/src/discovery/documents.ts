/**
 * What this API offers, as its clients ask: groups, versions, resources. Pure functions of the kinds.
 *
 * Source  Kubernetes API, meta/v1 APIGroupList, APIResourceList; apidiscovery.k8s.io/v2 APIGroupDiscoveryList.
 */
import type { KindDefinition } from '@margay/resources'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const statusVerbs = ['get', 'patch', 'update']

/** A resource that answers only to create: it computes an answer and stores nothing. */
export interface VirtualResource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  /** By default it belongs to the whole cluster. */
  readonly namespaced?: boolean
}

/** Something of an object that answers only to create, as a token of a service account. */
export interface VirtualSubresource {
  readonly parent: Pick<KindDefinition, 'group' | 'version' | 'plural' | 'namespaced'>
  readonly subresource: string
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string }
}

export interface Catalogue {
  readonly kinds: readonly KindDefinition[]
  readonly virtual: readonly VirtualResource[]
  readonly subresources: readonly VirtualSubresource[]
}

interface GroupVersions {
  readonly group: string
  readonly versions: readonly string[]
}

/** `/api` */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

/** `/apis` */
export function groupList(catalogue: Catalogue): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(catalogue).filter(isNamed).map(apiGroup) }
}

/** `/apis/GROUP`; undefined for a group that is not here. */
export function groupDocument(catalogue: Catalogue, group: string): object | undefined {
  const found = groupsOf(catalogue).find((each) => each.group === group)
  return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) }
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined for what is not here. */
export function resourceList(catalogue: Catalogue, group: string, version: string): object | undefined {
  const kinds = catalogue.kinds.filter((kind) => kind.group === group && kind.version === version)
  const virtual = catalogue.virtual.filter((each) => each.group === group && each.version === version)
  if (kinds.length + virtual.length === 0) return undefined
  const subresources = catalogue.subresources.filter(
    ({ parent }) => parent.group === group && parent.version === version,
  )
  const resources = [
    ...kinds.flatMap(apiResources),
    ...subresources.map(apiSubresource),
    ...virtual.map(virtualApiResource),
  ]
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(group, version), resources }
}

/** `/api` and `/apis` for a client that wants all of it at once. */
export function aggregated(catalogue: Catalogue, isCore: boolean, version: 'v2' | 'v2beta1'): object {
  const groups = groupsOf(catalogue).filter(({ group }) => (group === '') === isCore)
  const items = groups.map(({ group, versions }) => ({
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: versions.map((each) => versionDiscovery(catalogue, group, each)),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }
}

function groupsOf({ kinds, virtual }: Catalogue): GroupVersions[] {
  const versions = new Map<string, Set<string>>()
  for (const { group, version } of [...kinds, ...virtual]) {
    versions.set(group, (versions.get(group) ?? new Set()).add(version))
  }
  return [...versions].map(([group, set]) => ({ group, versions: [...set].sort(compareVersions) }))
}

/** The preferred one first: stable before beta before alpha, and newer before older. Source: Kubernetes, "Version priority". */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map(rankOf)
  const index = a?.findIndex((rank, n) => rank !== b?.[n]) ?? -1
  return (b?.[index] ?? 0) - (a?.[index] ?? 0)
}

/** Stability, version, and version of the beta or alpha; higher is preferred. */
function rankOf(version: string): readonly number[] {
  const [, major = '0', stability = '', minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  return [['alpha', 'beta', ''].indexOf(stability), Number(major), Number(minor)]
}

function isNamed({ group }: GroupVersions): boolean {
  return group !== ''
}

function apiGroup({ group, versions }: GroupVersions): object {
  const listed = versions.map((version) => ({ groupVersion: groupVersion(group, version), version }))
  return { name: group, versions: listed, preferredVersion: listed[0] }
}

function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`
}

function apiResources(kind: KindDefinition): object[] {
  const resource = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
  }
  if (!kind.hasStatus) return [resource]
  const { namespaced } = kind
  return [
    resource,
    { name: `${kind.plural}/status`, singularName: '', namespaced, kind: kind.kind, verbs: statusVerbs },
  ]
}

function apiSubresource({ parent, subresource, responseKind }: VirtualSubresource): object {
  const { plural, namespaced } = parent
  return {
    name: `${plural}/${subresource}`,
    singularName: '',
    namespaced,
    ...responseKind,
    verbs: ['create'],
  }
}

function virtualApiResource({ plural, singular, kind, namespaced = false }: VirtualResource): object {
  return { name: plural, singularName: singular, namespaced, kind, verbs: ['create'] }
}

function versionDiscovery(
  { kinds, virtual, subresources }: Catalogue,
  group: string,
  version: string,
): object {
  const belongs = (each: { group: string; version: string }): boolean =>
    each.group === group && each.version === version
  const resources = [
    ...kinds.filter(belongs).map((kind) => resourceDiscovery(kind, subresources)),
    ...virtual.filter(belongs).map(virtualResourceDiscovery),
  ]
  return { version, resources, freshness: 'Current' }
}

function resourceDiscovery(kind: KindDefinition, virtual: readonly VirtualSubresource[]): object {
  const subresources = subresourcesOf(kind, virtual)
  const responseKind = { group: kind.group, version: kind.version, kind: kind.kind }
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}

function subresourcesOf(kind: KindDefinition, virtual: readonly VirtualSubresource[]): object[] {
  const { group, version, plural } = kind
  const status = {
    subresource: 'status',
    responseKind: { group, version, kind: kind.kind },
    verbs: statusVerbs,
  }
  const own = virtual.filter(({ parent }) => parent.group === group && parent.plural === plural)
  return [
    ...(kind.hasStatus ? [status] : []),
    ...own.map(({ subresource, responseKind }) => ({ subresource, responseKind, verbs: ['create'] })),
  ]
}

function virtualResourceDiscovery(virtual: VirtualResource): object {
  const { group, version, kind, plural, singular, namespaced = false } = virtual
  const responseKind = { group, version, kind }
  const scope = namespaced ? 'Namespaced' : 'Cluster'
  return { resource: plural, responseKind, scope, singularResource: singular, verbs: ['create'] }
}
