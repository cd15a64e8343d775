/**
 * What others do to our tables is undone, and only that: with rulesets made by hand, in a namespace of a lab. Needs root.
 */
import { Enforcer, NetlinkDriver, ourTables } from '@margay/agent'
import type { Batch } from '@margay/dataplane'
import { table } from '@margay/dataplane'
import { createLab, type Lab, type LabNode } from '@margay/lab'
import { Nftables } from '@margay/netlink'
import type { ChainHook, Ruleset, TableContent } from '@margay/netlink/nftables'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { bytes, sample } from '../../packages/netlink/src/nftables/samples.testkit.ts'
import { withinASecond } from './within-a-second.ts'

let lab: Lab
let node: LabNode
/** Another program's socket. */
let other: Nftables
beforeAll(async () => {
  lab = await createLab({ name: `mend${process.pid}` })
  node = await lab.addNode('node-1')
  other = Nftables.open({ netns: node.netns })
  for (const name of ['veth-a', 'veth-b', 'veth-c'])
    await lab.runInNode(node, 'ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-p`])
})
afterAll(async () => {
  other?.close()
  await lab?.close()
})
beforeEach(() => nft('flush', 'ruleset'))

/** However busy the machine is; what the agent promises within a second is in `withinASecond`. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })

async function nft(...args: string[]): Promise<string> {
  return (await lab.runInNode(node, 'nft', args)).stdout
}

function oneChain(of: 'arp' | 'netdev', hook: ChainHook): TableContent {
  const rule = {
    expressions: [{ type: 'counter' }, { type: 'verdict', verdict: { kind: 'accept' } }],
  } as const
  return {
    table: table(of),
    sets: new Map(),
    chains: new Map([['base', { chain: { name: 'base', hook }, rules: [rule] }]]),
  }
}

const onDevices = (...devices: string[]): TableContent =>
  oneChain('netdev', { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept', devices })

const desired: Ruleset = [
  { ...sample, table: table('inet') },
  oneChain('arp', { type: 'filter', hook: 'input', priority: 0, policy: 'accept' }),
  onDevices('veth-b', 'veth-a', 'veth-c'),
]

/** A driver that remembers what it was made to send. */
class RecordingDriver extends NetlinkDriver {
  readonly sent: Batch[] = []

  override commit(batch: Batch): void {
    this.sent.push(batch)
    super.commit(batch)
  }
}

/** As an agent does it: enforces, watches, and forgets and enforces again when others have changed something. */
class Guard {
  readonly driver = new RecordingDriver(node.netns)
  readonly enforcer = new Enforcer(this.driver)
  readonly blamed: string[] = []
  readonly #stop: () => void

  constructor() {
    this.#stop = this.driver.watch(ourTables, (who) => {
      this.blamed.push(who)
      this.enforcer.forget()
      this.enforce()
    })
  }

  enforce(): void {
    this.enforcer.enforce(desired)
    this.enforcer.tidy()
  }

  /** Nothing differs, as somebody sees it who reads all of it anew. */
  get isWhole(): boolean {
    const { batches, removals } = new Enforcer(this.driver).difference(desired)
    const isEmpty = this.driver
      .read(ourTables)
      .every(({ objects = [], flowtables = [] }) => objects.length + flowtables.length === 0)
    return batches.length === 0 && removals.length === 0 && isEmpty
  }

  stop(): void {
    this.#stop()
    this.driver.close()
  }
}

async function guarded(work: (guard: Guard) => Promise<void>): Promise<void> {
  const guard = new Guard()
  try {
    guard.enforce()
    await work(guard)
  } finally {
    guard.stop()
  }
}

describe('an agent that starts', () => {
  test('sends nothing when all is as it should be', async () => {
    await guarded(async (guard) => expect(guard.isWhole).toBe(true))
    await guarded(async (guard) => expect(guard.driver.sent).toEqual([]))
  })

  test('sends only the difference', async () => {
    await guarded(async () => undefined)
    await nft('delete', 'element', 'inet', 'margay', 'classes', '{ 10.0.0.1 }')
    await guarded(async (guard) => {
      expect(guard.driver.sent.flat().map((change) => change.do)).toEqual(['add-elements'])
      expect(guard.isWhole).toBe(true)
    })
  })
})

const tampering: Readonly<Record<string, readonly string[]>> = {
  'a rule is deleted': ['flush chain inet margay early'],
  'a chain is flushed': ['flush chain inet margay forward'],
  'a rule is put in front': ['insert rule inet margay forward accept'],
  'a table is deleted': ['delete table inet margay'],
  'all tables are deleted': ['flush ruleset'],
  'a table is switched off': ['add table inet margay { flags dormant; }'],
  'a chain is added': ['add chain inet margay theirs; add rule inet margay theirs accept'],
  'a base chain is added': [
    'add chain inet margay theirs { type filter hook input priority 0; policy drop; }; add rule inet margay theirs drop',
  ],
  'a set is added that a rule of theirs names': [
    'add set inet margay theirs { type ipv4_addr . mark; }; add rule inet margay early ip saddr . mark @theirs accept',
  ],
  'a nameless set is added with a rule': ['add rule inet margay early tcp dport { 1, 2 } accept'],
  'the policy of a base chain is changed': ['add chain inet margay forward { policy accept; }'],
  'an element is deleted': ['delete element inet margay networks { 10.0.0.0/8 }'],
  'an element is added': ['add element inet margay networks { 172.16.0.0/12 }'],
  'a set is flushed': ['flush map inet margay ranges'],
  'an element leads elsewhere': [
    'delete element inet margay interfaces { "cali123" }; add element inet margay interfaces { "cali123" : accept }',
  ],
  'a named object is added': ['add counter inet margay theirs'],
  'named objects of one name are added that a rule and a map name': [
    'add counter inet margay theirs; add quota inet margay theirs { over 1 kbytes; }; add limit inet margay l { rate 7/second; }; add ct helper inet margay h { type "ftp" protocol tcp; }; add map inet margay m { type ipv4_addr : counter; }; add element inet margay m { 10.0.0.1 : "theirs" }; add rule inet margay early counter name theirs quota name theirs limit name l accept',
  ],
  'a named object is added to the netdev table': ['add counter netdev margay theirs'],
  'the arp table is flushed': ['flush table arp margay'],
  'the netdev table is deleted': ['delete table netdev margay'],
}

describe('mended within a second', () => {
  test.each(Object.entries(tampering))('when %s', async (_, commands) => {
    await guarded(async (guard) => {
      await withinASecond(async () => {
        guard.driver.sent.length = 0
        await nft(...commands)
        await until(() => expect(guard.driver.sent.length).toBeGreaterThan(0))
        await until(() => expect(guard.isWhole).toBe(true))
      })
      expect(guard.blamed[0]).toMatch(/^nft \(process \d+\)$/)
    })
  })

  test('when a flowtable is added that a rule names, where the kernel has them', async () => {
    const flowtable = 'add flowtable inet margay f { hook ingress priority 0; devices = { veth-a }; }'
    const rule = 'add rule inet margay early meta l4proto tcp flow add @f'
    await guarded(async (guard) => {
      try {
        await nft(flowtable, ';', rule)
      } catch (error) {
        expect(String(error)).toContain('No such file or directory')
        return console.warn('this kernel has no flowtables')
      }
      await until(() => expect(guard.blamed).not.toEqual([]))
      await until(() => expect(guard.isWhole).toBe(true))
    })
  })

  test('when it happens again and again', async () => {
    await guarded(async (guard) => {
      for (let round = 0; round < 20; round++)
        await nft('insert', 'rule', 'inet', 'margay', 'forward', 'accept')
      await until(() => expect(guard.isWhole).toBe(true))
    })
  })
})

describe('left alone', () => {
  const theirs = { table: { family: 'inet', name: 'theirs' } } as const
  const script =
    'add table inet theirs; add set inet theirs s { type ipv4_addr; }; add element inet theirs s { 10.0.0.1 }; add chain inet theirs c { type filter hook input priority 5; }; add rule inet theirs c ip saddr @s counter accept'

  test('are tables of others, also of the same name in another family', async () => {
    await nft(`${script}; add table ip margay; add chain ip margay c; add rule ip margay c accept`)
    const before = await nft('list', 'ruleset')
    await guarded(async (guard) => {
      await nft('add', 'element', 'inet', 'margay', 'networks', '{ 172.16.0.0/12 }')
      await until(() => expect(guard.isWhole).toBe(true))
    })
    for (const { table } of desired) other.commit([{ do: 'delete-table', table }])
    expect(await nft('list', 'ruleset')).toBe(before)
  })

  test('are we, when others change their own tables', async () => {
    await guarded(async (guard) => {
      guard.driver.sent.length = 0
      await nft(script)
      // The next change of ours is told after theirs, so theirs was seen by then.
      other.commit([{ do: 'flush-set', table: table('inet'), set: 'classes' }])
      await until(() => expect(guard.blamed).toHaveLength(1))
      expect(guard.driver.sent.flat().map((change) => change.do)).toEqual(['add-elements'])
      expect(other.read(theirs.table)?.sets.get('s')?.elements).toEqual([{ key: bytes(10, 0, 0, 1) }])
    })
  })
})

test('devices come and go without a moment in which their table is not there', async () => {
  await guarded(async (guard) => {
    guard.driver.sent.length = 0
    const [inet, arp] = desired
    const changed = [inet, arp, onDevices('veth-a', 'veth-b-p')].filter((it) => it !== undefined)
    guard.enforcer.enforce(changed)
    expect(guard.driver.sent.flat().map((change) => change.do)).toEqual(['add-chain', 'delete-devices'])
    const { hook } = other.read(table('netdev'))?.chains.get('base')?.chain ?? {}
    expect(hook?.devices?.toSorted()).toEqual(['veth-a', 'veth-b-p'])
    guard.enforce()
    expect(guard.isWhole).toBe(true)
  })
})

test('after a batch that failed, what is there is read again', async () => {
  await guarded(async (guard) => {
    guard.enforcer.forget()
    other.commit([{ do: 'flush-chain', table: table('inet'), chain: 'early' }])
    const commit = vi.spyOn(guard.driver, 'commit').mockImplementationOnce(() => {
      throw new Error('no memory')
    })
    expect(() => guard.enforce()).toThrow('no memory')
    commit.mockRestore()
    guard.enforce()
    expect(guard.isWhole).toBe(true)
  })
})
