/** Short forms of the expressions that our rules are made of. Registers are counted in words of 4 bytes. */

import {
  conntrackState,
  type Expression,
  type NftRule,
  type PayloadExpression,
  type Register,
  type Verdict,
} from '@margay/netlink/nftables'
import type { Cidr, IpVersion } from '@margay/netset'
import * as bytes from './bytes.ts'

export const accept: Expression = { type: 'verdict', verdict: { kind: 'accept' } }
export const drop: Expression = { type: 'verdict', verdict: { kind: 'drop' } }
export const counter: Expression = { type: 'counter' }
/** To where the chain was jumped to from. */
export const back: Expression = { type: 'verdict', verdict: { kind: 'return' } }

export function goTo(chain: string): Expression {
  return { type: 'verdict', verdict: goToVerdict(chain) }
}

export function jump(chain: string): Expression {
  return { type: 'verdict', verdict: jumpVerdict(chain) }
}

export function goToVerdict(chain: string): Verdict {
  return { kind: 'goto', chain }
}

export function jumpVerdict(chain: string): Verdict {
  return { kind: 'jump', chain }
}

export function rule(...expressions: readonly (Expression | readonly Expression[])[]): NftRule {
  // A copy: what is put together keeps room for more, and there are thousands of rules.
  return { expressions: expressions.flat().slice() }
}

export function commented(
  comment: string,
  ...expressions: readonly (Expression | readonly Expression[])[]
): NftRule {
  return { ...rule(...expressions), comment: comment.length <= 127 ? comment : `${comment.slice(0, 124)}...` }
}

/** Made once for each argument: there are tens of thousands of rules, made of few different expressions. */
function once<Made>(make: (argument: number) => Made): (argument: number) => Made {
  const known = new Map<number, Made>()
  return (argument) => {
    const there = known.get(argument)
    if (there !== undefined) return there
    const made = make(argument)
    known.set(argument, made)
    return made
  }
}

/** Names that begin so. */
export function interfacePrefix(key: 'iifname' | 'oifname', prefix: string): Expression[] {
  return [
    { type: 'meta', key, to: 0 },
    { type: 'cmp', operator: '==', from: 0, value: bytes.ascii(prefix) },
  ]
}

/** Source: linux/netfilter.h: NFPROTO_IPV4 is 2, NFPROTO_IPV6 is 10. */
export function family(version: IpVersion): Expression[] {
  return [
    { type: 'meta', key: 'nfproto', to: 0 },
    { type: 'cmp', operator: '==', from: 0, value: Uint8Array.of(version === 4 ? 2 : 10) },
  ]
}

/** Of a frame without VLAN tag. Source: linux/if_ether.h: ETH_P_IP is 0x0800, ETH_P_IPV6 is 0x86dd. */
export function etherType(version: IpVersion): Expression[] {
  const value = version === 4 ? [0x08, 0x00] : [0x86, 0xdd]
  return [
    { type: 'payload', base: 'link', offset: 12, length: 2, to: 0 },
    { type: 'cmp', operator: '==', from: 0, value: Uint8Array.from(value) },
  ]
}

export const protocol: (number: number) => readonly Expression[] = once((number) => [
  { type: 'meta', key: 'l4proto', to: 0 },
  equals(0, Uint8Array.of(number)),
])

/** Is one of the bits set? */
export function conntrack(...states: readonly (keyof typeof conntrackState)[]): Expression[] {
  const mask = states.reduce((bits, state) => bits | conntrackState[state], 0)
  return [
    { type: 'ct', key: 'state', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(mask), xor: bytes.hostInt(0) },
    { type: 'cmp', operator: '!=', from: 0, value: bytes.hostInt(0) },
  ]
}

/** Source: RFC 791 and 8200, header formats. */
export function ipAddress(side: 'saddr' | 'daddr', version: IpVersion, to: Register): Expression {
  const offset = version === 4 ? { saddr: 12, daddr: 16 }[side] : { saddr: 8, daddr: 24 }[side]
  return { type: 'payload', base: 'network', offset, length: version === 4 ? 4 : 16, to }
}

export function equals(from: Register, value: Uint8Array): Expression {
  return { type: 'cmp', operator: '==', from, value }
}

export function destinationPort(port: number): Expression[] {
  return [transport(2), portEquals(port)]
}

/** Two bytes of the transport header, from `offset` on. */
export const transport: (offset: number) => PayloadExpression = once((offset) => ({
  type: 'payload',
  base: 'transport',
  offset,
  length: 2,
  to: 0,
}))

/** Two bytes, or a port, in register 0. */
export const portEquals: (port: number) => Expression = once((port) =>
  equals(0, Uint8Array.of(port >> 8, port & 0xff)),
)

/** Looks a verdict up; without one the rule ends, and the next goes on. */
export function verdictFrom(set: string, from: Register): Expression {
  return { type: 'lookup', set, from, toVerdict: true }
}

export function datumFrom(set: string, from: Register, to: Register): Expression {
  return { type: 'lookup', set, from, to }
}

/**
 * Leaves registers and mark as they are, but nft(8) 1.0.6 can list the rule: it gives up on a key that has the result of a look-up in
 * it, and knows how to write the mark. Nothing between may end the rule, or the packet would keep a wrong mark.
 */
export function throughMark(...registers: readonly Register[]): Expression[] {
  const saved = 12
  return [
    loadMark(saved),
    ...registers.flatMap((register) => [setMark(register), loadMark(register)]),
    setMark(saved),
  ]
}

export const loadMark = once((to): Expression => ({ type: 'meta', key: 'mark', to }))
const setMark = once((from): Expression => ({ type: 'set-meta', key: 'mark', from }))

export function isIn(set: string, from: Register): Expression {
  return { type: 'lookup', set, from }
}

export function isNotIn(set: string, from: Register): Expression {
  return { type: 'lookup', set, from, invert: true }
}

export function inCidr(side: 'saddr' | 'daddr', { version, base, prefixLength }: Cidr): Expression[] {
  const length = version === 4 ? 4 : 16
  const mask = Uint8Array.from({ length }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * i)))
  return [
    ipAddress(side, version, 0),
    { type: 'bitwise', from: 0, to: 0, mask, xor: new Uint8Array(length) },
    equals(0, bytes.address({ version, value: base })),
  ]
}
