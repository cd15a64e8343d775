/**
 * The good ones among a feed's entries, and what is told of the others. A list is mended by whoever makes it, not by us: one bad line
 * of it costs nothing but that line.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Cidr, parseCidrOrIp } from '@margay/netset'
import { canonicalDomain, type GlobalThreatFeed, parseDomainPattern } from '@margay/resources'
import { PullError } from './fetch-list.ts'
import { mergeInTurns, partLength } from './merge-in-turns.ts'
import type { ParsedList } from './parsed-list.ts'

export interface ReadEntries {
  /** How many good ones; each is counted once, however often it is there. */
  readonly entries: number
  readonly rejected: number
  /** The first few of them, as texts to be shown. */
  readonly samples: readonly string[]
  /** As few as mean the same; none for domains. */
  readonly nets: readonly Cidr[]
}

const mostEntries = 500_000
/** So many are read at once: 1 to 2 ms, and then others have their turn. */
const sliceSize = 1000
const mostSamples = 3
const sampleLength = 60

/**
 * A list of suspicious addresses does not mean a large part of all. Somebody who got hold of the feed's server would, for whatever is
 * listed is mostly denied.
 */
const shortestPrefix = partLength

/** @throws PullError where there are too many, or none is good */
export async function readEntries(
  { entries, broken }: ParsedList,
  content: GlobalThreatFeed['spec']['content'],
): Promise<ReadEntries> {
  if (entries.length > mostEntries)
    throw new PullError(
      'ListUnusable',
      `the list has ${entries.length} entries, but at most ${mostEntries} are taken`,
    )
  const read = content === 'DomainNameSet' ? readDomain : readNet
  await nextTurn()
  const good = new Map<string, Cidr | undefined>()
  const bad: string[] = []
  for (let start = 0; start < entries.length; start += sliceSize) {
    for (const entry of entries.slice(start, start + sliceSize)) {
      const found = read(entry)
      if (found === undefined) bad.push(entry)
      else good.set(found.text, found.cidr)
    }
    await nextTurn()
  }
  const samples = bad.slice(0, mostSamples).map((entry) => JSON.stringify(entry.slice(0, sampleLength)))
  const rejected = bad.length + broken
  if (good.size === 0) throw nothingLeft(rejected, samples)
  const nets = await mergeInTurns([...good.values()].filter((cidr) => cidr !== undefined))
  return { entries: good.size, rejected, samples, nets }
}

interface Found {
  readonly text: string
  readonly cidr?: Cidr
}

function readNet(entry: string): Found | undefined {
  const cidr = parseCidrOrIp(entry)
  if (cidr === undefined || cidr.prefixLength < shortestPrefix[cidr.version]) return undefined
  return { text: entry, cidr }
}

/** Names in other alphabets may be written as they are read. Source: spec/enterprise.md 5.1. */
function readDomain(entry: string): Found | undefined {
  const ascii = /[^\x20-\x7e]/.test(entry) ? URL.parse(`http://${entry}/`)?.hostname : entry
  const pattern = ascii === undefined ? undefined : parseDomainPattern(canonicalDomain(ascii))
  return pattern === undefined || pattern.around !== undefined ? undefined : { text: pattern.text }
}

function nothingLeft(rejected: number, samples: readonly string[]): PullError {
  const such = samples.length === 0 ? '' : `, such as ${samples.join(', ')}`
  return new PullError(
    'ListUnusable',
    rejected === 0 ? 'the list is empty' : `none of the ${rejected} entries can be used${such}`,
  )
}
