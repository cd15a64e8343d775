import { parseCidr, parseIp } from '@margay/netset'
import { parseDomainPattern, parseSelector } from '@margay/resources'
import { expect, test } from 'vitest'
import type { Flow } from '../../model/flow.ts'
import { protocols } from '../../model/protocol.ts'
import { anyPeer, type PeerMatch, type PortMatch, type Rule } from '../../model/rule.ts'
import { AddressSets } from '../../state/address-set.ts'
import { RuleIndex } from './rule-index.ts'

const partners = {
  key: 'partners',
  labels: new Map([['set', 'set-7']]),
  nets: [parseCidr('203.0.113.0/24') ?? expect.fail()],
  domains: [],
}
const patterns = (texts: readonly string[]) =>
  texts.map((text) => parseDomainPattern(text) ?? expect.fail(text))
const giver = {
  ...{ key: 'giver', labels: new Map([['set', 'giver-7']]), nets: [] },
  domains: patterns(['*.n7.com']),
}
const sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [partners, giver] })

const rule = (parts: Partial<Rule>): Rule => ({
  action: 'Pass',
  origin: 0,
  ipVersion: undefined,
  http: undefined,
  protocol: protocols.tcp,
  notProtocol: undefined,
  icmp: undefined,
  notIcmp: undefined,
  source: anyPeer,
  destination: anyPeer,
  ...parts,
})
const ports = (min: number, max = min): PeerMatch => ({ ...anyPeer, ports: portMatch(min, max) })
const portMatch = (min: number, max: number): PortMatch => ({
  ranges: [{ min, max }],
  names: [],
  namesWithin: undefined,
  named: undefined,
})
const net = (text: string): PeerMatch => ({
  ...anyPeer,
  nets: [parseCidr(text) ?? expect.fail(text)],
})
const set = (selector: string): PeerMatch => ({ ...anyPeer, inSet: sets.resolve(parseSelector(selector)) })

const names = (...texts: string[]): PeerMatch => ({ ...anyPeer, inDomains: sets.domains(patterns(texts)) })
const namedSet = (selector: string): PeerMatch => ({ ...set(selector), countsNames: true })

const flow = (parts: Partial<Flow> = {}): Flow => ({
  source: { endpoint: undefined, address: parseIp('203.0.113.9'), names: ['a.n7.com'] },
  destination: { endpoint: undefined, address: parseIp('10.0.0.1') },
  ipVersion: 4,
  protocol: protocols.tcp,
  sourcePort: 40_000,
  destinationPort: 443,
  icmp: undefined,
  ...parts,
})

function found(rules: readonly Rule[], asked: Flow): number[] {
  const candidates = new RuleIndex(rules, 'Ingress').candidates(asked)
  const positions: number[] = []
  for (let at = candidates.next(0); at < rules.length; at = candidates.next(at + 1)) positions.push(at)
  return positions
}

const hundred = (make: (index: number) => Rule) => Array.from({ length: 100 }, (_, index) => make(index))

test.each([
  {
    what: 'ports',
    rules: hundred((i) => rule({ destination: ports(400 + i) })),
    want: [43],
  },
  {
    what: 'ranges of ports',
    rules: hundred((i) => rule({ destination: ports(400 + i, 401 + i) })),
    want: [42, 43],
  },
  { what: 'protocols', rules: hundred((i) => rule({ protocol: i })), want: [6] },
  { what: 'nets', rules: hundred((i) => rule({ source: net(`203.0.${i + 100}.0/24`) })), want: [13] },
  {
    what: 'nets of the near side',
    rules: hundred((i) => rule({ destination: net(`10.0.0.${i}/32`) })),
    want: [1],
  },
  { what: 'names', rules: hundred((i) => rule({ source: names(`*.n${i}.com`, 'b.com') })), want: [7] },
  {
    what: 'names of sets',
    rules: hundred((i) => rule({ source: namedSet(`set == 'giver-${i}'`) })),
    want: [7],
  },
  { what: 'sets', rules: hundred((i) => rule({ source: set(`set == 'set-${i}'`) })), want: [7] },
  {
    what: 'sets of any kind',
    rules: hundred((i) => rule({ source: set(`has(set) && x != '${i}'`) })),
    want: 100,
  },
  {
    what: 'ports of those that one set narrows',
    rules: hundred((i) => rule({ source: set("set == 'set-7'"), destination: ports(400 + i) })),
    want: [43],
  },
  { what: 'nothing', rules: hundred(() => rule({ protocol: undefined })), want: 100 },
  {
    what: 'what leaves nothing out beside ports',
    rules: hundred((i) =>
      rule({ source: i % 2 === 0 ? net('0.0.0.0/0') : set('all()'), destination: ports(400 + i) }),
    ),
    want: [43],
  },
])('of a hundred rules, what can not match by $what is not looked at', ({ rules, want }) => {
  expect(found(rules, flow())).toEqual(want === 100 ? [...rules.keys()] : want)
})

test('types of ICMP are told apart', () => {
  const rules = hundred((i) => rule({ protocol: protocols.icmp, icmp: { type: i, code: undefined } }))
  const ping = flow({ protocol: protocols.icmp, destinationPort: undefined, icmp: { type: 8, code: 0 } })
  expect(found(rules, ping)).toEqual([8])
})
