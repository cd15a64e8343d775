/** What is known, one record each, as it is listed and kept in a file. */
import type { Ip } from '@margay/netset'
import type { Known, Source } from './known.ts'
import type { Told } from './lifetimes.ts'

export type CacheEntry = AddressEntry | AliasEntry

export interface AddressEntry extends EntryBase {
  readonly kind: 'address'
  readonly address: Ip
}

export interface AliasEntry extends EntryBase {
  readonly kind: 'alias'
  /** To which name the alias leads. */
  readonly target: string
}

interface EntryBase {
  /** Canonical. */
  readonly name: string
  /** When it is forgotten, unless it is told again: milliseconds since 1970. */
  readonly untilMs: number
  /** Does policy name it, or a name that leads to it? */
  readonly matters: boolean
  readonly told: Told
  /** The answer that told it last. */
  readonly source: Source
}

export function entryOf(record: Known): CacheEntry {
  const { owner, untilMs, told, source } = record
  const base = { name: owner.text, untilMs, matters: owner.matters, told, source }
  return record.kind === 'alias'
    ? { kind: 'alias', ...base, target: record.target.text }
    : { kind: 'address', ...base, address: record.address }
}

/** By name, aliases before addresses, those by what they are. */
export function inOrder(a: CacheEntry, b: CacheEntry): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  if (a.kind === 'alias') return b.kind === 'alias' && a.target > b.target ? 1 : -1
  return b.kind === 'alias' ? 1 : byAddress(a.address, b.address)
}

function byAddress(a: Ip, b: Ip): number {
  if (a.version !== b.version) return a.version - b.version
  return a.value < b.value ? -1 : 1
}
