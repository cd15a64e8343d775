/** The objects of one nftables table, as data. Names of things are those of nft(8). */

export interface NftTable {
  readonly sets: ReadonlyMap<string, NftSet>
  readonly maps: ReadonlyMap<string, NftMap>
  readonly chains: ReadonlyMap<string, NftChain>
}

export interface NftSet {
  /** As nft writes it: `ipv4_addr`, or fields joined by ` . `. */
  readonly type: string
  /** True when elements can be prefixes; plain addresses go to a hash. */
  readonly interval: boolean
  /** For people who read the ruleset. */
  readonly comment: string
  readonly elements: ReadonlySet<string>
}

/** A verdict map: key ▶ verdict. */
export interface NftMap {
  readonly type: string
  readonly elements: ReadonlyMap<string, NftMapElement>
}

export interface NftMapElement {
  readonly verdict: string
  readonly comment: string
}

export interface NftChain {
  /** For a base chain: `type filter hook forward priority filter; policy accept;`. */
  readonly hook?: string
  readonly rules: readonly string[]
}

/** Where all of Margay's state in the kernel lives; other people's tables are never touched. */
export const tableName = 'inet margay'

/** A text as nft can quote it: it knows no escapes, and limits a comment to 128 bytes. */
export function quote(text: string): string {
  const plain = text.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]/g, '?')
  return `"${plain.length <= 120 ? plain : `${plain.slice(0, 117)}...`}"`
}
