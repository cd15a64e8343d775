/**
 * Tables beside the one of policy, which hand DNS messages of trusted servers to the agent, so that it learns names before the answer arrives. Pure.
 *
 * Behind policy and behind the guard: what is denied is nobody's answer. Of questions by UDP the agent gets copies, and they go on at once; answers are held,
 * and so is all of TCP, whose segments must be seen in their order. Without an agent, and where it is too slow, messages pass (`bypass`, and the queue's own
 * setting). Two tables, since iptables' target is not there in the family inet.
 *
 * Source: spec/dataplane.md 7 for what is learnt from whom.
 */
import type { ChainContent, Expression, NftRule, TableContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import { protocols } from '@margay/policy'
import { accept, counter, goTo, interfacePrefix, protocol, rule } from '../emit/expressions.ts'
import { isInterface } from '../guard/guard-matches.ts'
import {
  emptySegments,
  goes,
  hasNoneOf,
  hasServerAs,
  isEmptySegment,
  serversOf,
  wentTo,
} from './dns-matches.ts'
import type { DnsOptions } from './dns-options.ts'

/** Of no other table of ours: they come and go by themselves. */
export const dnsTableName = 'margay-dns'

/** One for each IP version of which there are servers. */
export function dnsTables(options: DnsOptions): TableContent[] {
  return ([4, 6] as const).flatMap((version) => {
    const servers = options.servers.filter(({ address }) => address.version === version)
    return servers.length === 0 ? [] : [tableOf(version, { ...options, servers })]
  })
}

function tableOf(version: IpVersion, options: DnsOptions): TableContent {
  const messages = (hook: Hook) => messageRules(hook, version, options)
  const chains = [
    base('forward', messages('forward')),
    // What the node sends to itself has passed the output hook.
    base('input', [rule(isInterface('iifname', 'lo'), accept), ...messages('input')]),
    base('output', messages('output')),
    {
      chain: { name: askedChain },
      rules: [rule(protocol(protocols.udp), counter, copy(options), accept), rule(goTo(heldChain))],
    },
    {
      chain: { name: heldChain },
      rules: [rule(isEmptySegment(version), accept), rule(counter, queue(options))],
    },
  ]
  const sets = [serversOf(version, options.servers), emptySegments(version)]
  return {
    table: { family: version === 4 ? 'ip' : 'ip6', name: dnsTableName },
    chains: new Map(chains.map((it) => [it.chain.name, it])),
    sets: new Map(sets.map((it) => [it.set.name, it])),
  }
}

const askedChain = 'asked'
const heldChain = 'held'
/** The guard is at 10. */
const afterGuard = 20

/** A packet comes by one of the three, but for what goes through `lo`. */
function base(hook: Hook, rules: readonly NftRule[]): ChainContent {
  return {
    chain: { name: hook, hook: { type: 'filter', hook, priority: afterGuard, policy: 'accept' } },
    rules,
  }
}

/** Comparing ports costs next to nothing, and nearly all packets are done with it. With many, three look-ups are less. */
const fewPorts = 4

type Hook = 'forward' | 'input' | 'output'

/**
 * Those that the node's own pods ask and are answered, and the node itself. What it forwards to or from a server for others, these' own nodes
 * hold: otherwise an answer would be held twice, and the node of the cluster's DNS would look at all of it.
 */
function messageRules(hook: Hook, version: IpVersion, options: DnsOptions): NftRule[] {
  const ports = [...new Set(options.servers.map(({ port }) => port))].sort((one, other) => one - other)
  const asked = hook === 'output' ? [[]] : ofPods('iifname', options)
  const toItself = hook === 'output' ? [isInterface('oifname', 'lo')] : []
  const answered = hook === 'input' ? [[]] : [...ofPods('oifname', options), ...toItself]
  const questions = asked.flatMap((from) => [
    [...from, ...goes('original'), ...wentTo(version)],
    [...from, ...hasServerAs('daddr', version)],
  ])
  const answers = answered.flatMap((to) => [
    [...to, ...goes('reply'), ...wentTo(version)],
    [...to, ...hasServerAs('saddr', version)],
  ])
  return [
    ...(ports.length > fewPorts ? [] : [rule(hasNoneOf(ports), accept)]),
    ...questions.map((match) => rule(match, goTo(askedChain))),
    ...answers.map((match) => rule(match, goTo(heldChain))),
  ]
}

function ofPods(key: 'iifname' | 'oifname', { interfacePrefixes }: DnsOptions): Expression[][] {
  return interfacePrefixes.map((prefix) => interfacePrefix(key, prefix))
}

/** At once, so that the copy is there before the answer is. */
function copy({ queue: group }: DnsOptions): Expression {
  return { type: 'log', prefix: '', group, queueThreshold: 1 }
}

function queue({ queue: number, queueBy }: DnsOptions): Expression {
  return { type: queueBy === 'nft' ? 'queue' : 'nfqueue-target', number, bypass: true }
}
