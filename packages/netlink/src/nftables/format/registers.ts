/** What each register holds while a rule is read from left to right, as text and as the kind of its values. */
import { padded } from '../data-types.ts'
import type { MetaExpression, PayloadExpression, Register } from '../model.ts'
import type { ValueKind } from './format-value.ts'

export interface Held {
  /** For example `ip saddr`. */
  readonly text: string
  readonly kind: ValueKind
  readonly bytes: number
  /** Bits that a bitwise operation left, when it changed nothing else. */
  readonly mask?: Uint8Array
}

export class Registers {
  readonly #held = new Map<Register, Held>()

  hold(register: Register, held: Held): void {
    // What reached into the registers that are written now is no longer whole.
    for (let at = register; at < register + slots(held.bytes); at++) this.#held.delete(at)
    this.#held.set(register, held)
  }

  at(register: Register): Held {
    return this.#held.get(register) ?? { text: `reg ${register}`, kind: 'bytes', bytes: 4 }
  }

  /** The fields in a row from `register`: as many bytes as a key has, or all when its length is not known. */
  row(register: Register, keyBytes: number | undefined): Held[] {
    const row: Held[] = []
    const end = keyBytes === undefined ? undefined : register + slots(keyBytes)
    for (let at = register; end === undefined ? this.#held.has(at) : at < end; ) {
      const held = this.at(at)
      row.push(held)
      at += slots(held.bytes)
    }
    return row.length > 0 ? row : [this.at(register)]
  }
}

function slots(bytes: number): number {
  return padded(Math.max(bytes, 1)) / 4
}

const metaKinds: Readonly<Record<MetaExpression['key'], readonly [ValueKind, number]>> = {
  len: ['integer', 4],
  protocol: ['ether_type', 2],
  nfproto: ['nf_proto', 1],
  l4proto: ['inet_proto', 1],
  mark: ['mark', 4],
  iif: ['integer', 4],
  oif: ['integer', 4],
  iifname: ['ifname', 16],
  oifname: ['ifname', 16],
  iiftype: ['integer', 2],
  pkttype: ['packet_type', 1],
}

const withoutMeta: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'iiftype'])

export function metaHeld(key: MetaExpression['key']): Held {
  const [kind, bytes] = metaKinds[key]
  return { text: withoutMeta.has(key) ? key : `meta ${key}`, kind, bytes }
}

type Field = readonly [text: string, kind: ValueKind]

/** By base, offset and length in bytes. */
const fields: Readonly<Record<string, Field>> = {
  'link 0 6': ['ether daddr', 'ether_addr'],
  'link 6 6': ['ether saddr', 'ether_addr'],
  'link 12 2': ['ether type', 'ether_type'],
  'network 9 1': ['ip protocol', 'inet_proto'],
  'network 12 4': ['ip saddr', 'ipv4_addr'],
  'network 16 4': ['ip daddr', 'ipv4_addr'],
  'network 6 1': ['ip6 nexthdr', 'inet_proto'],
  'network 8 16': ['ip6 saddr', 'ipv6_addr'],
  'network 24 16': ['ip6 daddr', 'ipv6_addr'],
  'transport 0 2': ['th sport', 'inet_service'],
  'transport 2 2': ['th dport', 'inet_service'],
}

const arpFields: Readonly<Record<string, Field>> = {
  'network 6 2': ['arp operation', 'port_or_number'],
  'network 8 6': ['arp saddr ether', 'ether_addr'],
  'network 14 4': ['arp saddr ip', 'ipv4_addr'],
  'network 18 6': ['arp daddr ether', 'ether_addr'],
  'network 24 4': ['arp daddr ip', 'ipv4_addr'],
}

const icmpFields: Readonly<Record<string, Field>> = {
  'transport 0 1': ['type', 'icmp_type'],
  'transport 1 1': ['code', 'port_or_number'],
}

/** What a rule has said of the packet before. */
export interface PacketContext {
  readonly isArp: boolean
  /** For example `icmp`. */
  readonly protocol: string | undefined
}

export function payloadHeld({ base, offset, length }: PayloadExpression, context: PacketContext): Held {
  const at = `${base} ${offset} ${length}`
  const { protocol } = context
  const icmp = protocol === 'icmp' || protocol === 'icmpv6' ? icmpFields[at] : undefined
  if (icmp !== undefined) return { text: `${protocol} ${icmp[0]}`, kind: icmp[1], bytes: length }
  const field = (context.isArp ? arpFields[at] : undefined) ?? fields[at]
  if (field !== undefined) return { text: field[0], kind: field[1], bytes: length }
  return { text: `@${shortBases[base]},${offset * 8},${length * 8}`, kind: 'bytes', bytes: length }
}

const shortBases: Readonly<Record<PayloadExpression['base'], string>> = {
  link: 'll',
  network: 'nh',
  transport: 'th',
}
