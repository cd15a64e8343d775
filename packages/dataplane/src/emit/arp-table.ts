/** A pod says over ARP only that it has its own addresses. Source: RFC 826. */
import type { ChainContent, Expression, TableContent } from '@margay/netlink/nftables'
import type { Endpoint } from '@margay/policy'
import { table } from '../nft/table.ts'
import { accept, commented, counter, drop, equals, interfacePrefix, isIn, rule } from './expressions.ts'
import { ownSources } from './sources.ts'

const sources = 'pod-sources'

export function arpTable(local: readonly Endpoint[], prefixes: readonly string[]): TableContent {
  const set = ownSources(sources, 4, local, new Map())
  const input: ChainContent = {
    chain: { name: 'input', hook: { type: 'filter', hook: 'input', priority: 0, policy: 'accept' } },
    rules: prefixes.flatMap((prefix) => [
      rule(interfacePrefix('iifname', prefix), ifname('iifname'), senderAddress, isIn(sources, 0), accept),
      rule(
        interfacePrefix('iifname', prefix),
        senderAddress,
        equals(4, new Uint8Array(4)),
        isRequest,
        accept,
      ),
      commented("an address that is not the pod's", interfacePrefix('iifname', prefix), counter, drop),
    ]),
  }
  const output: ChainContent = {
    chain: { name: 'output', hook: { type: 'filter', hook: 'output', priority: 0, policy: 'accept' } },
    rules: [
      commented(
        "the node does not answer for a pod's own address",
        ifname('oifname'),
        senderAddress,
        isIn(sources, 0),
        counter,
        drop,
      ),
    ],
  }
  const chains = [input, output].map((content) => [content.chain.name, content] as const)
  return { table: table('arp'), chains: new Map(chains), sets: new Map([[sources, set]]) }
}

function ifname(key: 'iifname' | 'oifname'): Expression {
  return { type: 'meta', key, to: 0 }
}

/** Behind the name of an interface, which takes four registers. */
const senderAddress: Expression = { type: 'payload', base: 'network', offset: 14, length: 4, to: 4 }

/** A probe for a duplicate address has no sender address. Source: RFC 5227. */
const isRequest: Expression[] = [
  { type: 'payload', base: 'network', offset: 6, length: 2, to: 0 },
  equals(0, Uint8Array.of(0, 1)),
]
