/**
 * A backup is text, one JSON value a line: a header, every object in key order, and a trailer, without which it is not whole.
 *
 * Trailer  The count of the objects, and the SHA-256 (hexadecimal) of all lines before it, each with its line feed.
 */
import { createHash, type Hash } from 'node:crypto'
import type { ResourceObject } from '@margay/resources'

/** Raised with every change that older readers would misread. */
export const formatVersion = 1

export const formatName = 'margay-backup'

export interface Header {
  readonly format: typeof formatName
  readonly version: number
  /** In decimal: of the store that was backed up. Another store gives its own. */
  readonly revision: string
  /**
   * In decimal. The audit logs of the servers had the records of all writes up to this revision; those of later ones, up to `revision`, may
   * still have been on the way to them. Absent in backups of earlier builds.
   */
  readonly auditedRevision?: string
  /** When it was made; RFC 3339, in UTC. */
  readonly madeAt: string
}

export interface ObjectLine {
  readonly key: string
  readonly value: ResourceObject
}

export interface Trailer {
  readonly count: number
  readonly sha256: string
}

/** Of lines, as they come. */
export class LineHash {
  readonly #hash: Hash = createHash('sha256')

  add(line: string): void {
    this.#hash.update(line).update('\n')
  }

  /** Only once. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

export function isHeader(value: unknown): value is Header {
  return isRecord(value) && value.format === formatName && typeof value.version === 'number'
}

export function isObjectLine(value: unknown): value is ObjectLine {
  return (
    isRecord(value) && typeof value.key === 'string' && value.key.startsWith('/') && isResource(value.value)
  )
}

export function isTrailer(value: unknown): value is Trailer {
  return isRecord(value) && typeof value.count === 'number' && typeof value.sha256 === 'string'
}

function isResource(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isRecord(value.metadata)
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
