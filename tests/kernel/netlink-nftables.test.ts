/** What the netlink library writes into nf_tables is what nft(8) reads, and the other way round; in namespaces of a lab. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, type Lab, type LabNode, type LabPod } from '@margay/lab'
import { type ForeignChange, Nftables, NftablesError, SyscallError } from '@margay/netlink'
import {
  type Change,
  type Expression,
  formatRule,
  type NamedObject,
  type NftElement,
  type NftRule,
  type NftSet,
  type Table,
} from '@margay/netlink/nftables'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  bytes,
  interfaceName,
  making,
  sample,
  sampleRules,
  sampleTable,
} from '../../packages/netlink/src/nftables/samples.testkit.ts'

let lab: Lab
let node: LabNode
let nftables: Nftables

beforeAll(async () => {
  lab = await createLab({ name: `nftables${process.pid}` })
  node = await lab.addNode('node-1')
  nftables = Nftables.open({ netns: node.netns })
})
afterAll(async () => {
  nftables?.close()
  await lab?.close()
})
afterEach(() => nft('flush', 'ruleset'))

async function nft(...args: string[]): Promise<string> {
  return (await lab.runInNode(node, 'nft', args)).stdout
}

type Listed = Readonly<Record<string, Record<string, unknown>>>

/** The objects of one kind that `nft -j list …` names, without the numbers that the kernel gave them. */
async function listed(kind: string, ...what: string[]): Promise<Record<string, unknown>[]> {
  const { nftables: all } = JSON.parse(await nft('-j', 'list', ...what)) as { nftables: Listed[] }
  return all.flatMap((entry) => {
    const object = entry[kind]
    if (object === undefined) return []
    const { handle: _, ...rest } = object
    return [rest]
  })
}

const table: Table = { family: 'inet', name: 't' }
const drop: Expression = { type: 'verdict', verdict: { kind: 'drop' } }

/** A table with one chain that has these rules. */
function withRules(rules: readonly NftRule[], of = table): Change[] {
  return [
    { do: 'add-table', table: of },
    { do: 'add-chain', table: of, chain: { name: 'c' } },
    ...rules.map((rule): Change => ({ do: 'add-rule', table: of, chain: 'c', rule })),
  ]
}

function withSet(set: NftSet, elements: readonly NftElement[]): Change[] {
  return [
    { do: 'add-table', table },
    { do: 'add-set', table, set },
    { do: 'add-elements', table, set, elements },
  ]
}

/** As sets have no order. */
function sorted(content: ReturnType<Nftables['read']>) {
  const byKey = (a: NftElement, b: NftElement) => String(a.key).localeCompare(String(b.key))
  const sets = [...(content?.sets.values() ?? [])]
  return {
    chains: content?.chains,
    sets: new Map(sets.map(({ set, elements }) => [set.name, { set, elements: [...elements].sort(byKey) }])),
  }
}

describe('a table', () => {
  test('with every kind of object is read back as it was written', () => {
    nftables.commit(making(sample))
    expect(sorted(nftables.read(sampleTable))).toEqual(sorted(sample))
  })

  test('that is not there is undefined', () => {
    expect(nftables.read(table)).toBeUndefined()
  })

  test('is listed by nft as a whole', async () => {
    nftables.commit(making(sample))
    await expect(nft('list', 'ruleset')).resolves.toContain('map ranges')
  })

  test('that nft made is read', async () => {
    await nft(
      'add table inet t; add set inet t s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.1 } };',
      'add chain inet t c { type filter hook input priority 3; policy accept; };',
      'add rule inet t c ip saddr @s tcp dport 22 counter accept comment "ssh"; add rule inet t c udp dport { 53, 67 } drop',
    )
    const content = nftables.read(table)
    expect(content?.sets.get('s')?.elements).toEqual([
      { key: bytes(10, 0, 0, 0), keyEnd: bytes(10, 255, 255, 255) },
      { key: bytes(11, 0, 0, 1) },
    ])
    expect([...(content?.sets.keys() ?? [])]).toEqual(['s'])
    expect(content?.chains.get('c')?.chain.hook).toEqual({
      type: 'filter',
      hook: 'input',
      priority: 3,
      policy: 'accept',
    })
    expect(content?.chains.get('c')?.rules[0]).toMatchObject({ comment: 'ssh' })
  })

  test('that somebody made dormant says so, and wakes up when it is added', async () => {
    nftables.commit(making(sample))
    await nft('add table inet sample { flags dormant; }')
    expect(nftables.read(sampleTable)?.isDormant).toBe(true)
    nftables.commit([{ do: 'add-table', table: sampleTable }])
    expect(nftables.read(sampleTable)?.isDormant).toBeUndefined()
  })

  test('holds what the model does not know, and keeps it when it is written again', async () => {
    await nft('add table inet t; add chain inet t c; add rule inet t c tcp option maxseg size 1 accept')
    const rules = nftables.read(table)?.chains.get('c')?.rules ?? []
    expect(rules[0]?.expressions.some(({ type }) => type === 'other')).toBe(true)
    const before = await nft('list', 'ruleset')
    nftables.commit([{ do: 'delete-table', table }, ...withRules(rules)])
    expect(await nft('list', 'ruleset')).toBe(before)
  })

  test('is removed as a whole', async () => {
    nftables.commit(making(sample))
    nftables.commit([{ do: 'delete-table', table: sampleTable }])
    expect(await nft('list', 'ruleset')).toBe('')
  })
})

describe('nft lists', () => {
  const statements: Readonly<Record<string, unknown[]>> = {
    established: [
      { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
      { counter: { packets: 3, bytes: 252 } },
      { accept: null },
    ],
    'interface prefix': [
      { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'cali*' } },
      { jump: { target: 'other' } },
    ],
    'network and port range': [
      {
        match: {
          op: '==',
          left: { payload: { protocol: 'ip', field: 'saddr' } },
          right: { prefix: { addr: '10.1.0.0', len: 16 } },
        },
      },
      {
        match: {
          op: '==',
          left: { payload: { protocol: 'tcp', field: 'dport' } },
          right: { range: [80, 90] },
        },
      },
      { reject: { type: 'tcp reset' } },
    ],
    'in a set of networks, or not': [
      { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '@networks' } },
      { match: { op: '!=', left: { payload: { protocol: 'ip', field: 'daddr' } }, right: '@networks' } },
      { goto: { target: 'other' } },
    ],
    'verdict map of interfaces': [{ vmap: { key: { meta: { key: 'oifname' } }, data: '@interfaces' } }],
    limits: [
      { limit: { rate: 10, burst: 7, per: 'second' } },
      {
        limit: {
          rate: 4,
          rate_unit: 'kbytes',
          burst: 1,
          burst_unit: 'kbytes',
          per: 'minute',
          inv: true,
        },
      },
      { 'ct count': { val: 10, inv: true } },
      { reject: { type: 'icmpx', expr: 'admin-prohibited' } },
    ],
    logs: [
      { log: { prefix: 'to a group ', group: 5, snaplen: 96, 'queue-threshold': 64 } },
      { log: { prefix: 'to the log ', level: 'info' } },
      { log: { prefix: 'by default ' } },
      { reject: { type: 'icmpx', expr: 'port-unreachable' } },
    ],
    'routes and status': [
      {
        match: {
          op: '==',
          left: { fib: { result: 'oif', flags: ['saddr', 'mark', 'iif'] } },
          right: '0',
        },
      },
      { match: { op: '==', left: { fib: { result: 'type', flags: ['daddr'] } }, right: 'local' } },
      { match: { op: '!', left: { ct: { key: 'status' } }, right: 'dnat' } },
      { drop: null },
    ],
  }

  test.each(Object.keys(statements))('a rule: %s', async (name) => {
    const rules = sampleRules[name]
    nftables.commit(making({ ...sample, chains: onlyRule(rules) }))
    const [rule] = await listed('rule', 'chain', 'inet', 'sample', 'forward')
    expect(rule?.expr).toMatchObject(statements[name] ?? [])
    expect(rule?.comment).toBe(rules?.comment)
  })

  function onlyRule(rule: NftRule | undefined): typeof sample.chains {
    const chains = new Map(sample.chains)
    const forward = chains.get('forward')
    if (forward !== undefined && rule !== undefined) chains.set('forward', { ...forward, rules: [rule] })
    return chains
  }

  test.each<[string, Record<string, unknown>]>([
    ['map classes', { type: 'ipv4_addr', map: 'devgroup', size: 1000, comment: 'who is who' }],
    [
      'map services',
      {
        map: 'verdict',
        elem: [
          [{ concat: [5, 'tcp', 80] }, { goto: { target: 'other' } }],
          ['*', { drop: null }],
        ],
      },
    ],
    [
      'set networks',
      {
        flags: ['interval'],
        elem: [
          { prefix: { addr: '10.0.0.0', len: 8 } },
          '11.0.0.0',
          { elem: { val: '11.0.0.1', comment: 'next to it' } },
          { range: ['192.0.2.3', '192.0.2.9'] },
          { prefix: { addr: '240.0.0.0', len: 4 } },
        ],
      },
    ],
    ['map ports', { type: 'inet_service', map: 'mark', elem: [[{ range: [80, 90] }, 1]] }],
    ['map interfaces', { type: 'ifname', elem: [['cali123', { jump: { target: 'other' } }]] }],
    [
      'set neighbours',
      { type: ['ipv6_addr', 'ether_addr'], elem: [{ concat: ['fd00::1', '02:03:04:05:06:07'] }] },
    ],
    ['set seen', { flags: ['timeout'], timeout: 60, size: 100 }],
  ])('%s', async (what, expected) => {
    nftables.commit(making(sample))
    const [kind = '', name = ''] = what.split(' ')
    const [object] = await listed(kind, kind, 'inet', 'sample', name)
    expect(object).toMatchObject(expected)
  })

  /** nft 1.0.6 crashed where such an element had no last key. */
  test('a ranged concatenation in which one element is a single key', async () => {
    nftables.commit(making(sample))
    const [map] = await listed('map', 'map', 'inet', 'sample', 'ranges')
    expect(map?.elem).toEqual([
      [{ concat: [{ prefix: { addr: '10.0.0.0', len: 24 } }, 'tcp', { range: [80, 90] }] }, { accept: null }],
      [{ concat: ['10.0.0.9', 'udp', 80] }, { drop: null }],
      ['*', { return: null }],
    ])
  })

  test('chains with hooks', async () => {
    nftables.commit(making(sample))
    const [forward] = await listed('chain', 'chain', 'inet', 'sample', 'forward')
    expect(forward).toMatchObject({ type: 'filter', hook: 'forward', prio: -5, policy: 'drop' })
  })
})

describe('queues', () => {
  const queue: Expression = { type: 'queue', number: 7, bypass: true }

  test.each(['ip', 'ip6'] as const)('by the target of iptables, in a table of family %s', async (family) => {
    const of: Table = { family, name: 'q' }
    const rules: NftRule[] = [
      { expressions: [{ type: 'nfqueue-target', number: 0x1234, bypass: true }] },
      {
        expressions: [
          { type: 'counter', packets: 0n, bytes: 0n },
          { type: 'nfqueue-target', number: 9 },
        ],
      },
    ]
    nftables.commit(withRules(rules, of))
    expect(nftables.read(of)?.chains.get('c')?.rules).toEqual(rules)
  })

  test("nft's own is read as nft wrote it, or refused where the kernel has none", async () => {
    const isThere = await nft('add table ip q; add chain ip q c; add rule ip q c queue num 7 bypass').then(
      () => true,
      () => false,
    )
    const of: Table = { family: 'ip', name: 'q' }
    const rules = [{ expressions: [queue] }]
    if (!isThere) return void expect(() => nftables.commit(withRules(rules, of))).toThrow(NftablesError)
    expect(nftables.read(of)?.chains.get('c')?.rules).toEqual(rules)
    nftables.commit([{ do: 'delete-table', table: of }, ...withRules(rules, of)])
    expect(await nft('list', 'table', 'ip', 'q')).toMatch(/queue (flags bypass to 7|num 7 bypass)/)
  })
})

describe('addresses of connections', () => {
  test('nft lists them, and they are read as they were written', async () => {
    const rules: NftRule[] = [
      {
        expressions: [
          { type: 'ct', key: 'ip daddr', direction: 'original', to: 0 },
          { type: 'cmp', operator: '==', from: 0, value: bytes(10, 0, 0, 1) },
          { type: 'ct', key: 'protocol', to: 0 },
          { type: 'cmp', operator: '==', from: 0, value: bytes(17) },
          { type: 'ct', key: 'proto-dst', direction: 'original', to: 0 },
          { type: 'cmp', operator: '==', from: 0, value: bytes(0, 53) },
          { type: 'ct', key: 'ip6 saddr', direction: 'reply', to: 0 },
          { type: 'cmp', operator: '==', from: 0, value: bytes(0xfd, ...Array(14).fill(0), 1) },
          { type: 'ct', key: 'direction', to: 0 },
          { type: 'cmp', operator: '==', from: 0, value: bytes(1) },
        ],
      },
    ]
    nftables.commit(withRules(rules))
    expect(nftables.read(table)?.chains.get('c')?.rules).toEqual(rules)
    const [rule] = await listed('rule', 'chain', 'inet', 't', 'c')
    const matches = [
      [{ key: 'ip daddr', dir: 'original' }, '10.0.0.1'],
      [{ key: 'protocol' }, 'udp'],
      // nft 1.0.6 only knows what it is where it wrote the rule.
      [{ key: 'proto-dst', dir: 'original' }, expect.stringContaining('0x35')],
      [{ key: 'ip6 saddr', dir: 'reply' }, 'fd00::1'],
      [{ key: 'direction' }, 'reply'],
    ]
    expect(rule?.expr).toEqual(matches.map(([ct, right]) => ({ match: { op: '==', left: { ct }, right } })))
  })

  test('those that nft wrote are read', async () => {
    await nft(
      'add table ip t; add chain ip t c; add rule ip t c ct original ip daddr 10.0.0.1 ct original protocol udp ct original proto-dst 53 ct reply ip saddr 10.0.0.2 accept',
    )
    const rules = nftables.read({ family: 'ip', name: 't' })?.chains.get('c')?.rules ?? []
    expect(rules.map((rule) => formatRule(rule))).toEqual([
      'ct original ip daddr 10.0.0.1 ct protocol udp ct original proto-dst 53 ct reply ip saddr 10.0.0.2 accept',
    ])
  })
})

describe('other families', () => {
  const netdev: Table = { family: 'netdev', name: 'guard' }
  const ingress = {
    name: 'ingress',
    hook: { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept' },
  } as const

  test('netdev: devices of an ingress chain come and go', async () => {
    for (const name of ['veth-a', 'veth-b'])
      await lab.runInNode(node, 'ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-p`])
    const on = (...devices: string[]) => ({ ...ingress, hook: { ...ingress.hook, devices } })
    const devices = () => nftables.read(netdev)?.chains.get('ingress')?.chain.hook?.devices?.toSorted()
    nftables.commit([
      { do: 'add-table', table: netdev },
      { do: 'add-chain', table: netdev, chain: on('veth-a') },
    ])
    expect(devices()).toEqual(['veth-a'])
    nftables.commit([{ do: 'add-chain', table: netdev, chain: on('veth-b') }])
    expect(devices()).toEqual(['veth-a', 'veth-b'])
    nftables.commit([{ do: 'delete-devices', table: netdev, chain: ingress, devices: ['veth-a'] }])
    expect(devices()).toEqual(['veth-b'])
    expect(await nft('list', 'chain', 'netdev', 'guard', 'ingress')).toContain('hook ingress device "veth-b"')
    for (const name of ['veth-a', 'veth-b']) await lab.runInNode(node, 'ip', ['link', 'del', name])
  })

  test('arp', async () => {
    const arp: Table = { family: 'arp', name: 'guard' }
    nftables.commit([
      { do: 'add-table', table: arp },
      {
        do: 'add-chain',
        table: arp,
        chain: { name: 'c', hook: { type: 'filter', hook: 'input', priority: 0, policy: 'accept' } },
      },
      {
        do: 'add-rule',
        table: arp,
        chain: 'c',
        rule: {
          expressions: [
            { type: 'payload', base: 'network', offset: 14, length: 4, to: 0 },
            { type: 'cmp', operator: '!=', from: 0, value: bytes(10, 0, 0, 1) },
            drop,
          ],
        },
      },
    ])
    expect(nftables.read(arp)?.chains.get('c')?.chain.hook).toMatchObject({ hook: 'input' })
    expect(await nft('list', 'chain', 'arp', 'guard', 'c')).toMatch(/hook input[\s\S]*10\.0\.0\.1 drop/)
  })
})

describe('named objects that nft made', () => {
  const script = `
    table inet t {
      quota q { 1 kbytes }
      quota full { over 2 kbytes used 12 bytes }
      counter c { packets 3 bytes 252 }
      counter q { }
      limit l { rate 7/minute burst 9 packets }
      limit much { rate over 10 kbytes/second burst 6000 bytes }
      ct helper ftp-helper { type "ftp" protocol tcp; l3proto ip; }
      synproxy s { mss 1460; wscale 7; }
      ct timeout slow { protocol tcp; l3proto ip; policy = { established: 100 }; }
      ct expectation soon { protocol udp; dport 9876; timeout 2m; size 12; l3proto ip; }
    }
    table inet other {
      counter c { }
    }`
  const protocols: Readonly<Record<number, string>> = { 6: 'tcp' }
  beforeEach(() => lab.runInNode(node, 'nft', ['-f', '-'], script))

  /** In the words of `nft -j`. */
  function inWords({ name, kind, handle, value }: NamedObject): Record<string, unknown> {
    const named = { kind, name, handle: Number(handle) }
    if (value?.type === 'counter')
      return { ...named, packets: Number(value.packets), bytes: Number(value.bytes) }
    if (value?.type === 'quota')
      return {
        ...named,
        bytes: Number(value.bytes),
        used: Number(value.usedBytes),
        inv: value.over === true,
      }
    if (value?.type === 'limit') return { ...named, per: value.per, burst: value.burst }
    if (value?.type === 'ct helper')
      return { ...named, type: value.helper, protocol: protocols[value.protocol] }
    return named
  }

  test('are read as nft lists them, and only those of the table', async () => {
    const { nftables: all } = JSON.parse(await nft('-j', 'list', 'table', 'inet', 't')) as {
      nftables: Listed[]
    }
    const named = all.flatMap((entry) =>
      Object.entries(entry).flatMap(([kind, object]) => ('table' in object ? [{ kind, ...object }] : [])),
    )
    const objects = nftables.read(table)?.objects ?? []
    expect(named).toHaveLength(10)
    const byHandle = (objects: readonly Readonly<Record<string, unknown>>[]) =>
      objects.toSorted((one, other) => Number(one.handle) - Number(other.handle))
    expect(byHandle(named)).toMatchObject(byHandle(objects.map(inWords)))
  })

  test('are deleted, each by itself, but not while a rule names them', async () => {
    await nft('add chain inet t c; add rule inet t c counter name c quota name q')
    const objects = nftables.read(table)?.objects ?? []
    const deleting = objects.map((object): Change => ({ do: 'delete-object', table, object }))
    expect(() => nftables.commit(deleting)).toThrow(/delete (counter "c"|quota "q") of table inet t: EBUSY/)
    nftables.commit([{ do: 'flush-chain', table, chain: 'c' }, ...deleting])
    expect(nftables.read(table)?.objects).toBeUndefined()
    expect(nftables.read({ family: 'inet', name: 'other' })?.objects).toHaveLength(1)
  })

  test('are told of when they come and go', async () => {
    const seen: ForeignChange[] = []
    const watch = nftables.watch((change) => seen.push(change))
    await nft('add counter inet t late')
    await nft('delete quota inet t q')
    await vi.waitFor(() => expect(seen).toHaveLength(2), { timeout: 20_000 })
    const told = seen.flatMap((change) => (change.kind === 'changed' ? change.objects : []))
    expect(told).toMatchObject([
      { table, object: 'object', action: 'new', named: { name: 'late', kind: 'counter' } },
      { table, object: 'object', action: 'delete', named: { name: 'q', kind: 'quota' } },
    ])
    watch.stop()
  })

  test('go with their table', () => {
    nftables.commit([{ do: 'delete-table', table }])
    expect(nftables.read(table)).toBeUndefined()
  })
})

describe('flowtables', () => {
  const make = 'add table inet t; add flowtable inet t f { hook ingress priority 5; devices = { eth0 }; }'

  test('are read and deleted, where the kernel has them', async () => {
    if (!(await hasFlowtables()))
      return console.warn('this kernel has no flowtables: only their absence is read')
    const [flowtable] = nftables.read(table)?.flowtables ?? []
    expect(flowtable).toMatchObject({ name: 'f', priority: 5, devices: ['eth0'] })
    nftables.commit([{ do: 'delete-flowtable', table, flowtable: 'f' }])
    expect(nftables.read(table)?.flowtables).toBeUndefined()
  })

  test('that are not there are not read, and not deleted', () => {
    nftables.commit(withRules([]))
    expect(nftables.read(table)).not.toHaveProperty('flowtables')
    const deleting = () => nftables.commit([{ do: 'delete-flowtable', table, flowtable: 'f' }])
    expect(deleting).toThrow('delete flowtable "f" of table inet t: ENOENT')
  })

  async function hasFlowtables(): Promise<boolean> {
    try {
      await nft(make)
      return true
    } catch (error) {
      if (error instanceof Error && error.message.includes('No such file or directory')) return false
      throw error
    }
  }
})

describe('the rules of a chain', () => {
  const other: Change = { do: 'add-chain', table, chain: { name: 'other' } }
  const rulesOf = (chain: string) => nftables.read(table)?.chains.get(chain)?.rules
  const marked = (comment: string): NftRule => ({ expressions: [{ type: 'counter' }], comment })

  test('are replaced, in order, and those of other chains are not', () => {
    nftables.commit([
      ...withRules([marked('a'), marked('b')]),
      other,
      { do: 'add-rule', table, chain: 'other', rule: marked('theirs') },
    ])
    for (const names of [['c', 'd', 'e'], ['f'], [], ['g']]) {
      nftables.commit([{ do: 'replace-rules', table, chain: 'c', rules: names.map(marked) }])
      expect(rulesOf('c')?.map(({ comment }) => comment)).toEqual(names)
    }
    expect(rulesOf('other')).toHaveLength(1)
  })

  test('of a chain that is not there are not replaced, and the error names it', () => {
    nftables.commit(withRules([]))
    const rules = [marked('a')]
    expect(() => nftables.commit([{ do: 'replace-rules', table, chain: 'missing', rules }])).toThrow(
      /replace the rules of chain "missing"/,
    )
  })

  test('that somebody changes while they are replaced are replaced all the same', () => {
    nftables.commit(withRules([marked('a')]))
    const somebody = Nftables.open({ netns: node.netns })
    const generation = nftables.generation()
    const first = vi.spyOn(nftables, 'generation').mockReturnValueOnce(generation)
    somebody.commit([{ do: 'add-rule', table, chain: 'c', rule: marked('b') }])
    nftables.commit([{ do: 'replace-rules', table, chain: 'c', rules: [marked('new')] }])
    expect(first).toHaveBeenCalledTimes(2)
    expect(rulesOf('c')?.map(({ comment }) => comment)).toEqual(['new'])
    first.mockRestore()
    somebody.close()
  })
})

describe('elements', () => {
  const set: NftSet = { name: 's', key: ['ipv4_addr'] }
  const many = (count: number): NftElement[] =>
    Array.from({ length: count }, (_, index) => ({
      key: bytes(10, index >> 16, (index >> 8) & 255, index & 255),
    }))

  test('100,000 are added in one batch, and read', () => {
    nftables.commit(withSet({ ...set, size: 200_000 }, many(100_000)))
    expect(nftables.read(table)?.sets.get('s')?.elements).toHaveLength(100_000)
  })

  test('are deleted by their keys, and flushed', () => {
    nftables.commit(withSet(set, many(10)))
    nftables.commit([{ do: 'delete-elements', table, set, elements: many(4) }])
    expect(nftables.read(table)?.sets.get('s')?.elements).toHaveLength(6)
    nftables.commit([{ do: 'flush-set', table, set: 's' }])
    expect(nftables.read(table)?.sets.get('s')?.elements).toEqual([])
  })

  test.each(['networks', 'ranges', 'ports', 'services'])('of %s are deleted one by one', (name) => {
    const content = sample.sets.get(name)
    if (content === undefined) throw new Error(`the sample has no ${name}`)
    nftables.commit(making(sample))
    for (const element of content.elements)
      nftables.commit([{ do: 'delete-elements', table: sampleTable, set: content.set, elements: [element] }])
    expect(nftables.read(sampleTable)?.sets.get(name)?.elements).toEqual([])
  })

  test('are replaced in one batch', () => {
    const map: NftSet = { name: 'm', key: ['ifname'], data: 'verdict' }
    const key = interfaceName('cali1')
    nftables.commit(withSet(map, [{ key, data: { kind: 'drop' } }]))
    nftables.commit([
      { do: 'delete-elements', table, set: map, elements: [{ key }] },
      { do: 'add-elements', table, set: map, elements: [{ key, data: { kind: 'accept' } }] },
    ])
    expect(nftables.read(table)?.sets.get('m')?.elements).toEqual([{ key, data: { kind: 'accept' } }])
  })
})

describe('a refused batch', () => {
  const set: NftSet = { name: 's', key: ['ipv4_addr'], data: ['mark'] }
  const tree: NftSet = { name: 'tree', key: ['ipv4_addr'], interval: true }

  function refusal(...changes: Change[]): NftablesError {
    try {
      nftables.commit(changes)
    } catch (error) {
      if (error instanceof NftablesError) return error
      throw error
    }
    throw new Error('the batch was accepted')
  }

  test('changes nothing', () => {
    refusal(...withRules([]), { do: 'delete-chain', table, chain: 'missing' })
    expect(nftables.read(table)).toBeUndefined()
  })

  test('names a set that is missing, by the rule that names it', () => {
    const rule: NftRule = {
      expressions: [{ type: 'meta', key: 'mark', to: 0 }, { type: 'lookup', set: 'nowhere', from: 0 }, drop],
    }
    const error = refusal(...withRules([{ expressions: [drop] }, rule]))
    expect(error.message).toBe(
      'nftables: add rule to chain "c" of table inet t: meta mark @nowhere drop: ENOENT (does not exist)',
    )
    expect(error.refused?.index).toBe(3)
  })

  test('names the element that is there with another datum, not the one before it', () => {
    nftables.commit(withSet(set, [{ key: bytes(10, 0, 0, 2), data: bytes(1, 0, 0, 0) }]))
    const elements = [1, 2, 3].map((last) => ({ key: bytes(10, 0, 0, last), data: bytes(2, 0, 0, 0) }))
    const error = refusal({ do: 'add-elements', table, set, elements })
    expect(error.message).toMatch(
      /^nftables: add 3 elements to set "s" of table inet t: 10\.0\.0\.2: E(EXIST|BUSY) \(/,
    )
    expect(error.refused?.element).toBe(elements[1])
  })

  test('takes an element that is there already', () => {
    const elements = [{ key: bytes(10, 0, 0, 2), data: bytes(1, 0, 0, 0) }]
    nftables.commit(withSet(set, elements))
    nftables.commit([{ do: 'add-elements', table, set, elements }])
    expect(nftables.read(table)?.sets.get('s')?.elements).toEqual(elements)
  })

  test('names the interval that overlaps another', () => {
    nftables.commit(withSet(tree, [{ key: bytes(10, 0, 0, 0), keyEnd: bytes(10, 0, 0, 9) }]))
    const elements = [
      { key: bytes(9, 0, 0, 0), keyEnd: bytes(9, 0, 0, 9) },
      { key: bytes(10, 0, 0, 5), keyEnd: bytes(10, 0, 0, 20) },
    ]
    const error = refusal({ do: 'add-elements', table, set: tree, elements })
    expect(error.message).toMatch(/10\.0\.0\.5-10\.0\.0\.20: EEXIST \(exists already, or overlaps\)$/)
  })

  test('says that a full set is full', () => {
    const full: NftSet = { name: 'full', key: ['inet_service'], size: 1 }
    const error = refusal(...withSet(full, [{ key: bytes(0, 1) }, { key: bytes(0, 2) }]))
    expect(error.errno).toBe('ENFILE')
  })

  test('was meant for another generation', () => {
    const generation = nftables.generation()
    nftables.commit(withRules([]))
    expect(nftables.generation()).not.toBe(generation)
    expect(() => nftables.commit(withRules([]), { generation })).toThrow(/ERESTART/)
    nftables.commit(withRules([]), { generation: nftables.generation() })
  })

  test('has more refusals than the socket holds', () => {
    const changes = Array.from({ length: 100_000 }, (): Change => ({ do: 'delete-table', table }))
    expect(refusal(...changes)).toMatchObject({ errno: 'ENOENT', refused: { index: 0 } })
    nftables.commit(withRules([]))
  })

  test('was sent without rights', async () => {
    const script = `
      import { Nftables } from '@margay/netlink'
      process.setgid(65534); process.setuid(65534)
      try { Nftables.open().commit([{ do: 'add-table', table: { family: 'inet', name: 't' } }]) }
      catch (error) { console.log(error.message) }`
    const { stdout } = await lab.runInNode(node, process.execPath, ['--input-type=module', '-e', script])
    expect(stdout.trim()).toBe(
      'nftables: batch refused: EPERM (not permitted: needs root, or CAP_NET_ADMIN in the namespace)',
    )
  })

  test('a namespace that is not there', () => {
    expect(() => Nftables.open({ netns: 'no-such-namespace' })).toThrow(SyscallError)
    expect(() => Nftables.open({ netns: 'no-such-namespace' })).toThrow(
      'open: ENOENT (does not exist): network namespace /run/netns/no-such-namespace',
    )
  })
})

describe('changes', () => {
  test('of others are told, by whom and of which table', async () => {
    const seen: ForeignChange[] = []
    const watch = nftables.watch((change) => seen.push(change))
    await nft('add table inet t; add chain inet t c; add rule inet t c drop')
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 20_000 })
    expect(seen[0]).toMatchObject({ kind: 'changed', processName: 'nft', generation: nftables.generation() })
    expect(seen[0]?.kind === 'changed' && seen[0].objects).toMatchObject([
      { table, object: 'table', action: 'new' },
      { table, object: 'chain', action: 'new' },
      { table, object: 'rule', action: 'new' },
    ])
    watch.stop()
  })

  test('of our own are not told, nor after stopping', async () => {
    const seen: ForeignChange[] = []
    const watch = nftables.watch((change) => seen.push(change))
    nftables.commit(making(sample))
    await nft('delete', 'table', 'inet', 'sample')
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 20_000 })
    expect(seen[0]).toMatchObject({ kind: 'changed', processName: 'nft' })
    watch.stop()
    await nft('add', 'table', 'inet', 't')
    await sleep(50)
    expect(seen).toHaveLength(1)
  })

  test('that did not fit into the buffer are told as lost', async () => {
    const seen: ForeignChange[] = []
    const watch = nftables.watch((change) => seen.push(change))
    const other = Nftables.open({ netns: node.netns })
    const set: NftSet = { name: 's', key: ['ipv4_addr'], size: 400_000 }
    const elements = Array.from({ length: 300_000 }, (_, index) => ({
      key: bytes(10, index >> 16, (index >> 8) & 255, index & 255),
    }))
    other.commit(withSet(set, elements))
    await vi.waitFor(() => expect(seen).toContainEqual({ kind: 'lost' }), { timeout: 20_000 })
    watch.stop()
    other.close()
  })
})

describe('packets', () => {
  const forward: Table = { family: 'inet', name: 'decide' }
  const classes: NftSet = { name: 'classes', key: ['ipv4_addr'], data: ['integer'] }
  const services: NftSet = {
    name: 'services',
    key: ['integer', 'inet_proto', 'inet_service'],
    data: 'verdict',
  }
  let [client, stranger, server]: (LabPod | undefined)[] = []

  beforeAll(async () => {
    await lab.addPods(
      ['client', 'stranger', 'server'].map((name, index) => ({
        namespace: 'default',
        name,
        node: 'node-1',
        ips: [`10.7.0.${index + 1}`],
        interfaceName: `cali${name}`,
      })),
    )
    ;[client, stranger, server] = [...lab.pods.values()]
    if (server !== undefined) await lab.serve([server], { tcp: [80, 443], udp: [] })
  })

  async function outcome(from: LabPod | undefined, port: number): Promise<string | undefined> {
    if (from === undefined || server === undefined) throw new Error('the lab has no pods')
    const to = server.ips[0] ?? ''
    const [result] = await lab.probeAll([{ from, to, protocol: 'TCP', port, timeoutMs: 300 }])
    return result?.outcome
  }

  /** The datum of the first look-up is a part of the key of the second. */
  test('go where a map of classes and a verdict map of classes and ports lead them', async () => {
    const twoStages: Expression[] = [
      { type: 'payload', base: 'network', offset: 12, length: 4, to: 8 },
      { type: 'lookup', set: 'classes', from: 8, to: 8 },
      { type: 'meta', key: 'l4proto', to: 9 },
      { type: 'payload', base: 'transport', offset: 2, length: 2, to: 10 },
      { type: 'lookup', set: 'services', from: 8, toVerdict: true },
    ]
    const established: Expression[] = [
      { type: 'ct', key: 'state', to: 0 },
      { type: 'bitwise', from: 0, to: 0, mask: bytes(2, 0, 0, 0), xor: bytes(0, 0, 0, 0) },
      { type: 'cmp', operator: '!=', from: 0, value: bytes(0, 0, 0, 0) },
      { type: 'verdict', verdict: { kind: 'accept' } },
    ]
    const key = bytes(7, 0, 0, 0, 6, 0, 0, 0, 0, 80, 0, 0)
    const hook = { type: 'filter', hook: 'forward', priority: 0, policy: 'accept' } as const
    const rules = [established, twoStages, [{ type: 'counter' } as const, drop]]
    nftables.commit([
      { do: 'add-table', table: forward },
      { do: 'add-set', table: forward, set: classes },
      { do: 'add-set', table: forward, set: services },
      {
        do: 'add-elements',
        table: forward,
        set: classes,
        elements: [
          { key: bytes(10, 7, 0, 1), data: bytes(7, 0, 0, 0) },
          { key: undefined, data: bytes(1, 0, 0, 0) },
        ],
      },
      {
        do: 'add-elements',
        table: forward,
        set: services,
        elements: [{ key, data: { kind: 'accept' } }],
      },
      { do: 'add-chain', table: forward, chain: { name: 'forward', hook } },
      ...rules.map(
        (expressions): Change => ({
          do: 'add-rule',
          table: forward,
          chain: 'forward',
          rule: { expressions },
        }),
      ),
    ])
    expect(await outcome(client, 80)).toBe('reached')
    expect(await outcome(client, 443)).toBe('blocked')
    expect(await outcome(stranger, 80)).toBe('blocked')
    const [counter] = nftables.read(forward)?.chains.get('forward')?.rules.at(-1)?.expressions ?? []
    expect(counter?.type === 'counter' && (counter.packets ?? 0n) > 0n).toBe(true)
  })
})
