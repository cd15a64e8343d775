/** The query parameters of reads and writes, checked. Source: Kubernetes API, meta/v1 ListOptions, PatchOptions. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { ApiRequest } from '../http/message.ts'
import {
  type FieldRequirement,
  matchesFields,
  parseFieldSelector,
  requiredName,
} from '../selectors/fields.ts'
import { type LabelRequirement, matchesLabels, parseLabelSelector } from '../selectors/labels.ts'
import { badRequest, invalidOptions } from '../status/api-error.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface WriteOptions {
  /** Do everything but store. */
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
  /** Who answers for the fields that the write sets. */
  readonly fieldManager: string
  /** Of an apply: take fields from their owners. */
  readonly isForced: boolean
}

export interface ObjectFilter {
  readonly labels: readonly LabelRequirement[]
  readonly fields: readonly FieldRequirement[]
  /** The only name that can match. */
  readonly name: string | undefined
}

export interface ListOptions {
  readonly filter: ObjectFilter
  /** 0 means no limit. */
  readonly limit: number
  readonly continue: string | undefined
  /** Undefined and 0 both mean: the present state will do. */
  readonly resourceVersion: bigint | undefined
  readonly resourceVersionMatch: 'Exact' | 'NotOlderThan' | undefined
}

export interface WatchOptions {
  readonly filter: ObjectFilter
  readonly resourceVersion: bigint | undefined
  readonly bookmarks: boolean
  /** Undefined: initial state exactly when no resourceVersion is given, as before this option existed. */
  readonly sendInitialEvents: boolean | undefined
  readonly timeoutSeconds: number | undefined
}

/** The server's default for a client that does not say is Warn, as since Kubernetes 1.27. */
export function parseWriteOptions({ query, headers }: Pick<ApiRequest, 'query' | 'headers'>): WriteOptions {
  return {
    dryRun: parseDryRun(query.getAll('dryRun')),
    fieldValidation: parseFieldValidation(query),
    fieldManager: parseFieldManager(query) ?? programOf(headers['user-agent']),
    isForced: parseFlag(query, 'force') ?? false,
  }
}

const longestFieldManager = 128

/** Undefined when the client names none. */
export function parseFieldManager(query: URLSearchParams): string | undefined {
  const name = query.get('fieldManager') || undefined
  if (name === undefined) return undefined
  if (name.length > longestFieldManager)
    throw badRequest(`fieldManager may not be longer than ${longestFieldManager} characters`)
  if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(name))
    throw badRequest('fieldManager should only contain printable characters')
  return name
}

/** `kubectl` of `kubectl/v1.32.0 (linux/amd64)`, as kube-apiserver names those who don't name themselves. */
function programOf(userAgent = ''): string {
  return userAgent.split('/')[0]?.slice(0, longestFieldManager) || 'unknown'
}

export function parseDryRun(values: readonly string[]): boolean {
  const wrong = values.find((value) => value !== 'All')
  if (wrong !== undefined) throw badRequest(`dryRun is "${wrong}"; the only allowed value is All`)
  return values.length > 0
}

export function parseListOptions(query: URLSearchParams, kind: KindDefinition): ListOptions {
  const options: ListOptions = {
    filter: parseFilter(query, kind),
    limit: parseCount(query, 'limit') ?? 0,
    continue: query.get('continue') || undefined,
    resourceVersion: parseResourceVersion(query),
    resourceVersionMatch: parseMatch(query),
  }
  checkRevision(options)
  if (query.has('sendInitialEvents')) {
    const message = 'Forbidden: sendInitialEvents is forbidden for list'
    throw invalidOptions('ListOptions', [
      { path: 'sendInitialEvents', reason: 'FieldValueForbidden', message },
    ])
  }
  return options
}

/** A page that goes on is of the revision of the first one. */
function checkRevision({ resourceVersion, resourceVersionMatch, continue: position }: ListOptions): void {
  if (resourceVersionMatch !== undefined) {
    if (resourceVersion === undefined) throw matchForbidden('unless resourceVersion is provided')
    if (position !== undefined) throw matchForbidden('when continue is provided')
    if (resourceVersionMatch === 'Exact' && resourceVersion === 0n)
      throw matchForbidden('"Exact" for resourceVersion "0"')
  }
  if (position !== undefined && resourceVersion !== undefined && resourceVersion !== 0n)
    throw badRequest('specifying resource version is not allowed when using continue')
}

function matchForbidden(why: string): Error {
  const message = `Forbidden: resourceVersionMatch is forbidden ${why}`
  return invalidOptions('ListOptions', [
    { path: 'resourceVersionMatch', reason: 'FieldValueForbidden', message },
  ])
}

export function parseWatchOptions(query: URLSearchParams, kind: KindDefinition): WatchOptions {
  const sendInitialEvents = parseFlag(query, 'sendInitialEvents')
  const match = parseMatch(query)
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    throw invalidOptions('ListOptions', [
      { path: 'resourceVersionMatch', reason: 'FieldValueForbidden', message },
    ])
  }
  if (sendInitialEvents === undefined && match !== undefined) {
    throw matchForbidden('for watch unless sendInitialEvents is provided')
  }
  return {
    filter: parseFilter(query, kind),
    resourceVersion: parseResourceVersion(query),
    bookmarks: parseFlag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents,
    timeoutSeconds: parseCount(query, 'timeoutSeconds'),
  }
}

/** True for `?watch`, `?watch=1` and `?watch=true`. */
export function isWatch(query: URLSearchParams): boolean {
  return parseFlag(query, 'watch') ?? false
}

export function matchesFilter(filter: ObjectFilter, resource: ResourceObject): boolean {
  return matchesLabels(filter.labels, resource.metadata.labels) && matchesFields(filter.fields, resource)
}

/** True for a filter that every object passes. */
export function isEmptyFilter({ labels, fields }: ObjectFilter): boolean {
  return labels.length === 0 && fields.length === 0
}

export function parseFilter(query: URLSearchParams, kind: KindDefinition): ObjectFilter {
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', kind)
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  return { labels, fields, name: requiredName(fields) }
}

/** A filter for a watch of one object by its path. */
export function withName(filter: ObjectFilter, name: string | undefined): ObjectFilter {
  if (name === undefined) return filter
  const byName: FieldRequirement = { path: 'metadata.name', negated: false, value: name }
  return { ...filter, fields: [...filter.fields, byName], name }
}

function parseFieldValidation(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') || 'Warn'
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value
  throw badRequest(`fieldValidation is "${value}"; it must be Strict, Warn or Ignore`)
}

function parseResourceVersion(query: URLSearchParams): bigint | undefined {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return undefined
  if (!/^\d{1,19}$/.test(text))
    throw badRequest(`resourceVersion is "${text}"; it must be one that this server gave`)
  return BigInt(text)
}

function parseMatch(query: URLSearchParams): 'Exact' | 'NotOlderThan' | undefined {
  const value = query.get('resourceVersionMatch') ?? ''
  if (value === '') return undefined
  if (value === 'Exact' || value === 'NotOlderThan') return value
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "Exact", "NotOlderThan"`
  throw invalidOptions('ListOptions', [
    { path: 'resourceVersionMatch', reason: 'FieldValueNotSupported', message },
  ])
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? ''
  if (text === '') return undefined
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} is "${text}"; it must be a non-negative integer`)
  return Number(text)
}

export function parseFlag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (['', '1', 't', 'true', 'True', 'TRUE'].includes(value)) return true
  if (['0', 'f', 'false', 'False', 'FALSE'].includes(value)) return false
  throw badRequest(`${name} is "${value}"; it must be true or false`)
}
