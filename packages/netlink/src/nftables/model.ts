/**
 * The objects of nf_tables as data: what a batch adds and removes, and what a dump returns. No I/O, no Node built-ins.
 *
 * Integers in keys, data and comparisons stand as the kernel compares them: in network byte order where the packet field has
 * it, in host byte order for meta keys and marks. Every field of a concatenation is padded with zero bytes to a multiple of
 * 4. Source: Linux, include/uapi/linux/netfilter/nf_tables.h.
 */

export type Family = 'inet' | 'ip' | 'ip6' | 'arp' | 'bridge' | 'netdev'

export interface Table {
  readonly family: Family
  readonly name: string
}

export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress'

/** What makes a chain a base chain: where packets enter it by themselves. */
export interface ChainHook {
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: HookName
  readonly priority: number
  /** What becomes of a packet that no rule decided. */
  readonly policy: 'accept' | 'drop'
  /** Interfaces, for `ingress` and `egress` only. */
  readonly devices?: readonly string[]
}

export interface Chain {
  readonly name: string
  readonly hook?: ChainHook
  /** For people; kept in the kernel. At most 127 bytes. */
  readonly comment?: string
}

/** A 32-bit register, 0 to 15 (`NFT_REG32_00` and on). A value longer than 4 bytes takes the registers behind it too. */
export type Register = number

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }

/** How the fields of a key or datum are shown, and how many bytes each takes. Source: nft(8), data types. */
export type DataType =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'icmp_type'
  | 'icmpv6_type'
  | 'mark'
  | 'ifname'
  | 'nf_proto'
  /** A number of 4 bytes that only its owner can read, in host byte order. */
  | 'integer'

/** A set, or a map when it has `data`. */
export interface NftSet {
  readonly name: string
  /** One field, or up to five as a concatenation. Empty where a dump found types that this model does not have. */
  readonly key: readonly DataType[]
  readonly data?: 'verdict' | readonly DataType[]
  /** Elements can be ranges: a tree for one field, pipapo for a concatenation. */
  readonly interval?: boolean
  /** Elements can come from rules (`dynset`), and expire. */
  readonly dynamic?: boolean
  readonly timeoutMs?: number
  /** The most elements that it may hold. */
  readonly size?: number
  readonly comment?: string
}

export interface NftElement {
  /**
   * As long as the set's key, with each field padded; undefined for the element that holds for all other keys. The padding
   * of a key of one field may be left out, and is left out in dumps.
   */
  readonly key: Uint8Array | undefined
  /** For an interval: the last key that belongs to it, field by field. Without it, and in dumps when equal: `key`. */
  readonly keyEnd?: Uint8Array
  readonly data?: Uint8Array | Verdict
  /** At most 127 bytes. */
  readonly comment?: string
}

/** Each once. Where there are very many, they may be made while they are gone through, anew each time. */
export interface NftElements extends Iterable<NftElement> {
  readonly length: number
}

export interface NftRule {
  readonly expressions: readonly Expression[]
  /** For people; kept in the kernel as user data. At most 127 bytes. */
  readonly comment?: string
}

/** One step of a rule. A comparison or look-up that fails ends the rule; the next rule of the chain goes on. */
export type Expression =
  | MetaExpression
  | PayloadExpression
  | ExtensionHeaderExpression
  | ConntrackExpression
  | ConntrackTupleExpression
  | FibExpression
  | BitwiseExpression
  | CompareExpression
  | RangeExpression
  | LookupExpression
  | ImmediateExpression
  | VerdictExpression
  | CounterExpression
  | LimitExpression
  | ConnectionLimitExpression
  | LogExpression
  | RejectExpression
  | SetMetaExpression
  | NotrackExpression
  | QueueExpression
  | QueueTargetExpression
  | OtherExpression

export type MetaKey =
  | 'len'
  | 'protocol'
  | 'nfproto'
  | 'l4proto'
  | 'mark'
  | 'iif'
  | 'oif'
  | 'iifname'
  | 'oifname'
  | 'iiftype'
  | 'pkttype'

/** Loads a fact about the packet. Names of interfaces take 16 bytes; everything else 4 (l4proto and nfproto use the first). */
export interface MetaExpression {
  readonly type: 'meta'
  readonly key: MetaKey
  readonly to: Register
}

/** Writes a packet's mark (or `nftrace`) from a register. */
export interface SetMetaExpression {
  readonly type: 'set-meta'
  readonly key: 'mark' | 'nftrace'
  readonly from: Register
}

/** Loads bytes of the packet. Fails where the packet is too short, and in the transport header of later fragments. */
export interface PayloadExpression {
  readonly type: 'payload'
  readonly base: 'link' | 'network' | 'transport'
  readonly offset: number
  readonly length: number
  readonly to: Register
}

/**
 * Loads one byte: 1 when an IPv6 packet has such an extension header, 0 when it has none. Fails for every other packet. Every fragment
 * has a fragment header.
 */
export interface ExtensionHeaderExpression {
  readonly type: 'exthdr'
  readonly header: 'frag'
  readonly to: Register
}

/**
 * `state` and `status` are bit masks in host byte order: see `conntrackState` and `conntrackStatus`. `direction` (0: as the first packet
 * went), `l3proto` and `protocol` take one byte.
 *
 * Besides `state`, all keys fail for a packet that is not tracked.
 */
export interface ConntrackExpression {
  readonly type: 'ct'
  readonly key: 'state' | 'status' | 'mark' | 'direction' | 'l3proto' | 'protocol'
  readonly to: Register
}

/**
 * A part of the connection's addresses in one direction, for packets of both: what the first packet had before translation
 * (`original`), and what an answer has (`reply`). Fails for connections of the other family, and for packets that are not tracked.
 */
export interface ConntrackTupleExpression {
  readonly type: 'ct'
  readonly key: 'ip saddr' | 'ip daddr' | 'ip6 saddr' | 'ip6 daddr' | 'proto-src' | 'proto-dst'
  readonly direction: 'original' | 'reply'
  readonly to: Register
}

/** Asks the routing table. `type` gives the kind of address (2: local); `oif` and `oifname` the way that it would go. */
export interface FibExpression {
  readonly type: 'fib'
  readonly lookUp: 'saddr' | 'daddr'
  readonly with: readonly ('mark' | 'iif' | 'oif')[]
  readonly result: 'oif' | 'oifname' | 'type'
  readonly to: Register
}

/** `(from & mask) ^ xor`. */
export interface BitwiseExpression {
  readonly type: 'bitwise'
  readonly from: Register
  readonly to: Register
  readonly mask: Uint8Array
  readonly xor: Uint8Array
}

/** Compares as many bytes as `value` has, as unsigned numbers with the highest byte first. */
export interface CompareExpression {
  readonly type: 'cmp'
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>='
  readonly from: Register
  readonly value: Uint8Array
}

export interface RangeExpression {
  readonly type: 'range'
  readonly operator: '==' | '!='
  readonly from: Register
  readonly first: Uint8Array
  readonly last: Uint8Array
}

/** In a set: is it there? In a map with `to`: loads its datum. In a verdict map with `toVerdict`: does what it says. */
export interface LookupExpression {
  readonly type: 'lookup'
  readonly set: string
  readonly from: Register
  readonly to?: Register
  readonly toVerdict?: true
  readonly invert?: true
}

export interface ImmediateExpression {
  readonly type: 'immediate'
  readonly to: Register
  readonly value: Uint8Array
}

export interface VerdictExpression {
  readonly type: 'verdict'
  readonly verdict: Verdict
}

/** Values are those at the start when written, and those now when read. */
export interface CounterExpression {
  readonly type: 'counter'
  readonly packets?: bigint
  readonly bytes?: bigint
}

/** Goes on while the rate is not exceeded; with `over`, while it is. */
export interface LimitExpression {
  readonly type: 'limit'
  readonly rate: bigint
  readonly per: 'second' | 'minute' | 'hour' | 'day' | 'week'
  readonly unit: 'packets' | 'bytes'
  readonly burst: number
  readonly over?: true
}

/** Goes on while the rule's connections are at most `count`; with `over`, while they are more. */
export interface ConnectionLimitExpression {
  readonly type: 'connlimit'
  readonly count: number
  readonly over?: true
}

/** To the kernel's log, or with `group` to whoever reads that NFLOG group. A prefix has at most 127 bytes. */
export interface LogExpression {
  readonly type: 'log'
  readonly prefix: string
  readonly level?: 'emerg' | 'alert' | 'crit' | 'err' | 'warn' | 'notice' | 'info' | 'debug'
  readonly group?: number
  /** Bytes of the packet to copy to the group. */
  readonly snapLength?: number
  readonly queueThreshold?: number
}

export interface RejectExpression {
  readonly type: 'reject'
  readonly with: 'tcp-reset' | 'icmpx-port-unreachable' | 'icmpx-admin-prohibited'
}

/** Conntrack does not follow this packet. Only before conntrack: priority below -200. */
export interface NotrackExpression {
  readonly type: 'notrack'
}

/**
 * Hands the packet to the program that has this queue (`PacketQueue`), and ends the chain. Without such a program the packet is dropped; with
 * `bypass` it goes on to the next chain. Not in every kernel: ENOENT where CONFIG_NFT_QUEUE is off.
 */
export interface QueueExpression {
  readonly type: 'queue'
  /** 0 to 65535. */
  readonly number: number
  readonly bypass?: true
}

/** The same by iptables' target, for tables of the families ip, ip6 and bridge only. Source: linux/netfilter/xt_NFQUEUE.h, revision 3. */
export interface QueueTargetExpression {
  readonly type: 'nfqueue-target'
  readonly number: number
  readonly bypass?: true
}

/** What a dump found that this model does not have: `data` is the kernel's own form, and is written as it is. */
export interface OtherExpression {
  readonly type: 'other'
  readonly name: string
  readonly data: Uint8Array
}

/** Bits of `ct state`. Source: include/net/netfilter/nf_conntrack.h, `NF_CT_STATE_BIT`. */
export const conntrackState = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const

/** Bits of `ct status`. Source: include/uapi/linux/netfilter/nf_conntrack_common.h. */
export const conntrackStatus = { snat: 16, dnat: 32 } as const

/**
 * What rules can name besides sets, so that several of them count or measure together. Read and removed only: this library makes none.
 * A table can have one of each kind with the same name.
 */
export interface NamedObject {
  readonly name: string
  /** In the words of nft(8). `other`: a kind that the model does not have. */
  readonly kind: ObjectKind
  /** The kernel's number for the kind: `NFT_OBJECT_…`. */
  readonly code: number
  /** The kernel's own number, which nothing else of this table has. */
  readonly handle: bigint
  /** Of counters, quotas, limits and helpers; undefined for others. */
  readonly value?: CounterExpression | LimitExpression | QuotaValue | HelperValue
}

export type ObjectKind =
  | 'counter'
  | 'quota'
  | 'limit'
  | 'ct helper'
  | 'ct count'
  | 'ct timeout'
  | 'ct expectation'
  | 'secmark'
  | 'synproxy'
  | 'tunnel'
  | 'other'

/** Matches until so many bytes have passed; with `over`, from then on. */
export interface QuotaValue {
  readonly type: 'quota'
  readonly bytes: bigint
  readonly usedBytes: bigint
  readonly over?: true
}

/** What finds connections that belong to another one, such as those of FTP. */
export interface HelperValue {
  readonly type: 'ct helper'
  /** For example `ftp`. */
  readonly helper: string
  /** IANA number of the transport protocol. */
  readonly protocol: number
}

/** Connections that rules hand to it bypass all further rules. Read and removed only. */
export interface Flowtable {
  readonly name: string
  readonly handle: bigint
  readonly priority: number
  /** Whose packets it takes; those that are gone are not told. */
  readonly devices: readonly string[]
}

/** A table with all that is in it. */
export interface TableContent {
  readonly table: Table
  readonly chains: ReadonlyMap<string, ChainContent>
  /** Without the nameless sets that belong to single rules. */
  readonly sets: ReadonlyMap<string, SetContent>
  /** Read only; not there when there are none. */
  readonly objects?: readonly NamedObject[]
  readonly flowtables?: readonly Flowtable[]
  /** Read only: somebody switched its base chains off. Adding the table switches them on. */
  readonly isDormant?: true
}

/** Tables that are changed together, in one batch. */
export type Ruleset = readonly TableContent[]

export interface ChainContent {
  readonly chain: Chain
  readonly rules: readonly NftRule[]
}

export interface SetContent {
  readonly set: NftSet
  readonly elements: NftElements
}

/**
 * One step of a batch. A batch is committed as a whole, or not at all. Adding what is there already is no error when it is the
 * same; a base chain takes the new policy, and further devices.
 */
export type Change =
  | { readonly do: 'add-table'; readonly table: Table }
  | { readonly do: 'delete-table'; readonly table: Table }
  | { readonly do: 'add-chain'; readonly table: Table; readonly chain: Chain }
  | { readonly do: 'flush-chain'; readonly table: Table; readonly chain: string }
  /**
   * The rules of a chain that is there become these: the new ones come before the old ones go. Measured twice each by `npm run bench`, a policy
   * that changes took 12 and 13 ms so, and 15 and 17 ms where the chain was flushed first; one chain that asks one map of 100,000 takes the
   * same either way.
   */
  | {
      readonly do: 'replace-rules'
      readonly table: Table
      readonly chain: string
      readonly rules: readonly NftRule[]
    }
  | { readonly do: 'delete-chain'; readonly table: Table; readonly chain: string }
  /** Packets of these devices no longer enter the chain. */
  | {
      readonly do: 'delete-devices'
      readonly table: Table
      readonly chain: Chain
      readonly devices: readonly string[]
    }
  | { readonly do: 'add-rule'; readonly table: Table; readonly chain: string; readonly rule: NftRule }
  | { readonly do: 'add-set'; readonly table: Table; readonly set: NftSet }
  | { readonly do: 'flush-set'; readonly table: Table; readonly set: string }
  | { readonly do: 'delete-set'; readonly table: Table; readonly set: string }
  /** Refused (EBUSY) as long as a rule or an element names it. */
  | {
      readonly do: 'delete-object'
      readonly table: Table
      readonly object: Pick<NamedObject, 'name' | 'kind' | 'code'>
    }
  | { readonly do: 'delete-flowtable'; readonly table: Table; readonly flowtable: string }
  | {
      readonly do: 'add-elements' | 'delete-elements'
      readonly table: Table
      readonly set: NftSet
      readonly elements: NftElements
    }
