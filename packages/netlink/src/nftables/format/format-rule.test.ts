import { expect, test } from 'vitest'
import type { Expression } from '../model.ts'
import { bytes, sample, sampleRules, sampleSets } from '../samples.testkit.ts'
import { formatRule } from './format-rule.ts'

const sets = new Map(sampleSets.map(({ set }) => [set.name, set]))

test.each([
  ['established', 'ct state established,related counter packets 3 bytes 252 accept comment "est"'],
  ['interface prefix', 'iifname "cali*" jump other'],
  [
    'network and port range',
    'meta nfproto ipv4 ip saddr 10.1.0.0/16 meta l4proto tcp th dport 80-90 reject with tcp reset',
  ],
  ['in a set of networks, or not', 'meta nfproto ipv4 ip saddr @networks ip daddr != @networks goto other'],
  ['verdict map of interfaces', 'oifname vmap @interfaces'],
  ['verdict map with ranges', 'meta nfproto ipv4 ip saddr . meta l4proto . th dport vmap @ranges'],
  [
    'limits',
    'limit rate 10/second burst 7 packets limit rate over 4096 bytes/minute burst 1024 bytes ct count over 10 reject with icmpx admin-prohibited',
  ],
  [
    'logs',
    'log prefix "to a group " group 5 snaplen 96 queue-threshold 64 log prefix "to the log " level info log prefix "by default " reject with icmpx port-unreachable',
  ],
  ['marks', 'meta mark set meta mark & 0xffff00ff ^ 0x00000100 meta mark set 0x00000201 return'],
  ['routes and status', 'fib saddr . mark . iif oif 0 fib daddr type local ct status ! dnat drop'],
  ['fragments', 'exthdr frag exists accept'],
])('%s', (name, text) => {
  const rule = sampleRules[name]
  expect(rule && formatRule(rule, { sets })).toBe(text)
})

test('every sample rule has a text above', () => {
  expect(Object.keys(sampleRules)).toHaveLength(11)
  expect(sample.chains.get('forward')?.rules).toHaveLength(11)
})

const classOfSource: Expression[] = [
  { type: 'payload', base: 'network', offset: 12, length: 4, to: 8 },
  { type: 'lookup', set: 'classes', from: 8, to: 8 },
]
const verdictOfClass: Expression[] = [
  { type: 'meta', key: 'l4proto', to: 9 },
  { type: 'payload', base: 'transport', offset: 2, length: 2, to: 10 },
  { type: 'lookup', set: 'services', from: 8, toVerdict: true },
]
const twoStages = 'ip saddr map @classes . meta l4proto . th dport vmap @services'

test('a datum of a map can be a part of the next key', () => {
  const rule = { expressions: [...classOfSource, ...verdictOfClass] }
  expect(formatRule(rule, { sets })).toBe(twoStages)
  expect(formatRule(rule)).toBe(twoStages)
})

test('a key ends where the set says, though older values lie behind it', () => {
  const leftover: Expression = { type: 'meta', key: 'mark', to: 11 }
  const rule = { expressions: [leftover, ...classOfSource, ...verdictOfClass] }
  expect(formatRule(rule, { sets })).toBe(twoStages)
})

test.each<[string, Expression[], string]>([
  [
    'the type of ICMP',
    [
      { type: 'meta', key: 'l4proto', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(58) },
      { type: 'payload', base: 'transport', offset: 0, length: 1, to: 0 },
      { type: 'cmp', operator: '!=', from: 0, value: bytes(135) },
    ],
    'meta l4proto icmpv6 icmpv6 type != 135',
  ],
  [
    'an address of IPv6, and bytes that have no name',
    [
      { type: 'payload', base: 'network', offset: 8, length: 16, to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(0xfd, ...Array(13).fill(0), 1, 0) },
      { type: 'payload', base: 'transport', offset: 13, length: 1, to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(2), xor: bytes(0) },
      { type: 'cmp', operator: '!=', from: 0, value: bytes(0) },
    ],
    'ip6 saddr fd00::100 @th,104,8 & 0x02 != 0x00',
  ],
  [
    'a part of a mark',
    [
      { type: 'meta', key: 'mark', to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(0, 0xff, 0, 0), xor: bytes(0, 0, 0, 0) },
      { type: 'cmp', operator: '==', from: 0, value: bytes(0, 1, 0, 0) },
    ],
    'meta mark & 0x0000ff00 == 0x00000100',
  ],
  ['what the model does not have', [{ type: 'other', name: 'nat', data: bytes(1, 2) }], '[nat 0x0102]'],
  ['a queue', [{ type: 'queue', number: 7, bypass: true }], 'queue flags bypass to 7'],
  ["a queue by iptables' target", [{ type: 'nfqueue-target', number: 7 }], 'xt target NFQUEUE num 7'],
  [
    'where a connection went before translation',
    [
      { type: 'ct', key: 'ip daddr', direction: 'original', to: 0 },
      { type: 'ct', key: 'protocol', to: 1 },
      { type: 'ct', key: 'proto-dst', direction: 'original', to: 2 },
      { type: 'lookup', set: 's', from: 0 },
      { type: 'ct', key: 'ip6 saddr', direction: 'reply', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(0xfd, ...Array(14).fill(0), 1) },
      { type: 'ct', key: 'direction', to: 0 },
      { type: 'cmp', operator: '==', from: 0, value: bytes(1) },
    ],
    'ct original ip daddr . ct protocol . ct original proto-dst @s ct reply ip6 saddr fd00::1 ct direction reply',
  ],
  ['a register that was never loaded', [{ type: 'lookup', set: 's', from: 3 }], 'reg 3 @s'],
])('%s', (_, expressions, text) => {
  expect(formatRule({ expressions })).toBe(text)
})

test('ARP has its own fields', () => {
  const expressions: Expression[] = [
    { type: 'payload', base: 'network', offset: 14, length: 4, to: 0 },
    { type: 'cmp', operator: '!=', from: 0, value: bytes(10, 0, 0, 1) },
    { type: 'verdict', verdict: { kind: 'drop' } },
  ]
  expect(formatRule({ expressions }, { family: 'arp' })).toBe('arp saddr ip != 10.0.0.1 drop')
})
