/** One line of a watch. Source: Kubernetes API concepts, "Efficient detection of changes" and "Watch bookmarks". */
import type { ResourceObject } from '@margay/resources'
import { statusToApiError } from '../http/api-error.ts'

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: ResourceObject }
  /** Nothing has changed up to here: a place to resume from. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** A line that no API server should send. */
export class WatchProtocolError extends Error {
  override readonly name = 'WatchProtocolError'
  constructor(what: string, cause?: unknown) {
    super(`the server sent a watch event that can not be understood: ${what}`, { cause })
  }
}

/** Undefined for a type that is not known. @throws ApiError for an ERROR event; WatchProtocolError */
export function parseWatchEvent(line: string): WatchEvent | undefined {
  const { type, object } = parseLine(line)
  switch (type) {
    case 'ERROR':
      throw statusToApiError(object, 500)
    case 'BOOKMARK':
      return { type, resourceVersion: versionOf(object) }
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      versionOf(object)
      return { type, object: object as ResourceObject }
    default:
      return undefined
  }
}

function parseLine(line: string): { type: unknown; object: object } {
  const event = parseJson(line)
  if (!isObject(event)) throw new WatchProtocolError('it is not an object')
  const { type, object } = event as { type?: unknown; object?: unknown }
  if (!isObject(object)) throw new WatchProtocolError(`${String(type)} without an object`)
  return { type, object }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new WatchProtocolError('it is not JSON', cause)
  }
}

function versionOf(object: object): string {
  const { metadata } = object as { metadata?: { resourceVersion?: unknown } }
  const version = metadata?.resourceVersion
  if (typeof version !== 'string' || version === '') throw new WatchProtocolError('it has no resourceVersion')
  return version
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
