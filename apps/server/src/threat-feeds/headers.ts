/** The headers of a feed's request, with what secrets and config maps have for them. None of it is logged, or put into a status. */
import {
  findKind,
  type GlobalThreatFeed,
  isHeaderValue,
  type KindDefinition,
  type ThreatFeedHeader,
  threatFeedNamespace,
  threatFeedSourcePrefix,
} from '@margay/resources'
import type { Store } from '@margay/storage'
import { isObject } from '../json.ts'
import { keyOf } from '../rest/keys.ts'
import { PullError } from './fetch-list.ts'

/** @throws PullError for one that is missing, and not optional */
export async function headersOf(
  { metadata, spec }: GlobalThreatFeed,
  store: Pick<Store, 'get'>,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const header of spec.pull?.http.headers ?? []) {
    const value = header.value ?? (await valueFrom(header, metadata.name, store))
    if (value !== undefined) headers[header.name.toLowerCase()] = value
  }
  return headers
}

async function valueFrom(
  { valueFrom = {} }: ThreatFeedHeader,
  feed: string,
  store: Pick<Store, 'get'>,
): Promise<string | undefined> {
  const { secretKeyRef, configMapKeyRef } = valueFrom
  const reference = secretKeyRef ?? configMapKeyRef
  if (reference === undefined) return undefined
  const kind = kindOf(secretKeyRef === undefined ? 'ConfigMap' : 'Secret')
  const { name, key, optional = false } = reference
  const place = `${kind.kind} ${threatFeedNamespace}/${name}`
  // Validation says so too; this is where it matters.
  if (!name.startsWith(threatFeedSourcePrefix(feed))) throw missing(`${place} is not for this feed`)
  const stored = await store.get(keyOf(kind, threatFeedNamespace, name))
  const text = entryOf(stored?.value.data, key)
  if (text === undefined) {
    if (optional) return undefined
    throw missing(
      stored === undefined ? `${place} is missing` : `${place} has no entry ${JSON.stringify(key)}`,
    )
  }
  const value = secretKeyRef === undefined ? text : Buffer.from(text, 'base64').toString('latin1')
  // Secrets are often made from files, which end in a line feed.
  const trimmed = value.replace(/\r?\n$/, '')
  if (!isHeaderValue(trimmed))
    throw missing(`entry ${JSON.stringify(key)} of ${place} is no value of a header`)
  return trimmed
}

function entryOf(data: unknown, key: string): string | undefined {
  const value = isObject(data) && Object.hasOwn(data, key) ? data[key] : undefined
  return typeof value === 'string' ? value : undefined
}

function kindOf(name: 'Secret' | 'ConfigMap'): KindDefinition {
  const kind = findKind('v1', name)
  if (kind === undefined) throw new Error(`the resources room does not know ${name}`)
  return kind
}

function missing(message: string): PullError {
  return new PullError('HeadersMissing', message)
}
