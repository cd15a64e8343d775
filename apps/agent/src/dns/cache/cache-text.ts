/** What is known as JSON, one record on a line, and back: for `NameCache.restore`. */
import { formatIp, type Ip, parseIp } from '@margay/netset'
import { isHostName } from '../message/name-text.ts'
import type { CacheEntry } from './cache-entry.ts'
import type { Source } from './known.ts'
import type { Told } from './lifetimes.ts'

/** The whole text is none of ours: it was cut, or is of another version. */
export class CacheTextError extends Error {
  override readonly name = 'CacheTextError'
}

export interface SavedCache {
  readonly savedMs: number
  readonly entries: readonly CacheEntry[]
  /** Records that were none. */
  readonly unreadable: number
}

const version = 1
const recordsOfPiece = 100
/** Those that a cache holds, many times over: a longer text is not ours. */
const maxTextLength = 256 * 1024 * 1024

/** Piece by piece, a millisecond or so of work each: answers wait while one is made. */
export function* formatCache(entries: Iterable<CacheEntry>, savedMs: number): Generator<string> {
  yield `{"version":${version},"savedMs":${savedMs},"records":[`
  let [piece, count] = ['', 0]
  for (const entry of entries) {
    piece += `${count === 0 ? '' : ','}\n${JSON.stringify(formatEntry(entry))}`
    if (++count % recordsOfPiece > 0) continue
    yield piece
    piece = ''
  }
  yield `${piece}\n]}\n`
}

/** @throws CacheTextError */
export function parseCache(text: string): SavedCache {
  const { version: actual, savedMs, records } = objectIn(text)
  if (actual !== version) throw new CacheTextError(`expected version ${version}, not ${String(actual)}`)
  if (!isTime(savedMs) || !Array.isArray(records))
    throw new CacheTextError('expected savedMs, a time, and records, a list')
  const entries = records.map(parseEntry).filter((entry) => entry !== undefined)
  return { savedMs, entries, unreadable: records.length - entries.length }
}

type Fields = Readonly<Record<string, unknown>>

function formatEntry(entry: CacheEntry): Fields {
  const { name, untilMs, matters, told, source } = entry
  const { server, client, question } = source
  const what = entry.kind === 'alias' ? { target: entry.target } : { address: formatIp(entry.address) }
  const origin = { server: formatIp(server), client: formatIp(client), question }
  return { name, ...what, untilMs, matters, told, ...origin }
}

function parseEntry(value: unknown): CacheEntry | undefined {
  const { name, target, address, untilMs, matters, ...rest } = fieldsOf(value)
  const [told, source] = [toldIn(rest.told), sourceIn(rest)]
  if (!isName(name) || !isTime(untilMs) || told === undefined || source === undefined) return undefined
  const base = { name, untilMs, matters: matters === true, told, source }
  if (isName(target)) return { kind: 'alias', ...base, target }
  const ip = ipIn(address)
  return ip === undefined ? undefined : { kind: 'address', ...base, address: ip }
}

function toldIn(value: unknown): Told | undefined {
  const { lastMs, ttlEndMs } = fieldsOf(value)
  return isTime(lastMs) && isTime(ttlEndMs) ? { lastMs, ttlEndMs } : undefined
}

function sourceIn(fields: Fields): Source | undefined {
  const { name, type } = fieldsOf(fields.question)
  const [server, client] = [ipIn(fields.server), ipIn(fields.client)]
  if (server === undefined || client === undefined || !isName(name) || typeof type !== 'number')
    return undefined
  return { server, client, question: { name, type } }
}

function objectIn(text: string): Fields {
  if (text.length > maxTextLength) throw new CacheTextError(`longer than ${maxTextLength} characters`)
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    throw new CacheTextError('expected JSON')
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function ipIn(value: unknown): Ip | undefined {
  return typeof value === 'string' ? parseIp(value) : undefined
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && isHostName(value)
}
