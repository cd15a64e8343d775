import type {
  ChainContent,
  Change,
  NftElement,
  NftRule,
  NftSet,
  SetContent,
  TableContent,
} from '@margay/netlink/nftables'
import { describe, expect, test } from 'vitest'
import { changesBetween } from './changes-between.ts'

const table = { family: 'inet', name: 'margay' } as const
const accept: NftRule = { expressions: [{ type: 'verdict', verdict: { kind: 'accept' } }] }
const drop: NftRule = { expressions: [{ type: 'counter' }, { type: 'verdict', verdict: { kind: 'drop' } }] }
const pods: NftSet = { name: 'pods', key: ['ifname'], data: 'verdict' }

function chain(name: string, ...rules: NftRule[]): ChainContent {
  return { chain: { name }, rules }
}

function base(name: 'forward', ...rules: NftRule[]): ChainContent {
  return { chain: { name, hook: { type: 'filter', hook: name, priority: 0, policy: 'accept' } }, rules }
}

function leading(chains: Readonly<Record<string, string>>, set = pods): SetContent {
  const elements = Object.entries(chains).map(
    ([name, to]): NftElement => ({
      key: Buffer.from(name.padEnd(16, '\0')),
      data: { kind: 'jump', chain: to },
    }),
  )
  return { set, elements }
}

function content(chains: readonly ChainContent[], sets: readonly SetContent[] = []): TableContent {
  return {
    table,
    chains: new Map(chains.map((it) => [it.chain.name, it])),
    sets: new Map(sets.map((it) => [it.set.name, it])),
  }
}

/** Without the table, and with keys as texts. */
function steps(batch: readonly Change[]): string[] {
  return batch.map((change) => {
    switch (change.do) {
      case 'add-rule':
      case 'flush-chain':
      case 'delete-chain':
      case 'replace-rules':
        return `${change.do} ${change.chain}`
      case 'add-chain':
        return `${change.do} ${change.chain.name}`
      case 'add-set':
        return `${change.do} ${change.set.name}`
      case 'flush-set':
      case 'delete-set':
        return `${change.do} ${change.set}`
      case 'add-elements':
      case 'delete-elements': {
        const keys = [...change.elements].map(({ key }) => String(key).replaceAll(/\0|,0(?=,|$)/g, ''))
        return `${change.do} ${change.set.name}: ${keys.length}`
      }
      default:
        return change.do
    }
  })
}

function between(known: TableContent | undefined, desired: TableContent) {
  const { batches, removals } = changesBetween(known === undefined ? [] : [known], [desired])
  return [...batches.map(steps), ...(removals.length === 0 ? [] : [['later:', ...steps(removals)]])]
}

describe('nothing', () => {
  test('changes when all is as it should be, also when it was read back with counts', () => {
    const counted: NftRule = {
      expressions: [{ type: 'counter', packets: 7n, bytes: 420n }, ...drop.expressions.slice(1)],
    }
    expect(between(content([base('forward', counted)]), content([base('forward', drop)]))).toEqual([])
  })

  test('changes when the key of a single short field comes back without padding', () => {
    const set: NftSet = { name: 's', key: ['inet_proto'], data: 'verdict' }
    const padded: SetContent = {
      set,
      elements: [{ key: Uint8Array.of(6, 0, 0, 0), data: { kind: 'accept' } }],
    }
    const short: SetContent = { set, elements: [{ key: Uint8Array.of(6), data: { kind: 'accept' } }] }
    expect(between(content([], [short]), content([], [padded]))).toEqual([])
  })
})

test('an empty kernel gets all in one batch', () => {
  const desired = content([base('forward', accept), chain('a', drop)], [leading({ cali1: 'a' })])
  expect(between(undefined, desired)).toEqual([
    [
      'add-table',
      'add-set pods',
      'add-chain forward',
      'add-chain a',
      'add-rule forward',
      'add-rule a',
      'add-elements pods: 1',
    ],
  ])
})

test('a chain is ready in an earlier batch before a map leads to it, and goes in a later one', () => {
  const known = content([base('forward', accept), chain('a', drop)], [leading({ cali1: 'a' })])
  const desired = content([base('forward', accept), chain('b', accept)], [leading({ cali1: 'b' })])
  expect(between(known, desired)).toEqual([
    ['add-chain b', 'add-rule b'],
    ['delete-elements pods: 1', 'add-elements pods: 1'],
    ['later:', 'flush-chain a', 'delete-chain a'],
  ])
})

test('what only new rules lead to comes with them in one batch: a packet under way goes on with the old ones', () => {
  const known = content([base('forward', accept), chain('a', drop)])
  const desired = content(
    [base('forward', drop), chain('a', drop), chain('b', accept)],
    [leading({ cali1: 'b' })],
  )
  expect(between(known, desired)).toEqual([
    ['add-set pods', 'add-chain b', 'add-rule b', 'add-elements pods: 1', 'replace-rules forward'],
  ])
})

test('ranges are made ready in an earlier batch than the rules that ask them', () => {
  const ranges: SetContent = {
    set: { name: 'ranges', key: ['ipv4_addr'], data: 'verdict', interval: true },
    elements: [
      { key: Uint8Array.of(10, 0, 0, 0), keyEnd: Uint8Array.of(10, 0, 0, 9), data: { kind: 'drop' } },
    ],
  }
  const known = content([base('forward', accept)])
  const desired = content([base('forward', drop)], [ranges])
  expect(between(known, desired)).toEqual([
    ['add-set ranges', 'add-elements ranges: 1'],
    ['replace-rules forward'],
  ])
})

test('between what is made ready and what leads there a generation passes', () => {
  const beat = chain('beat', accept)
  const known = content([chain('a', drop), beat], [leading({ cali1: 'a' })])
  const desired = content([chain('b', accept), beat], [leading({ cali1: 'b' })])
  expect(between(known, desired)[1]).toEqual(['flush-chain beat', 'add-rule beat'])
  const alone = content([chain('a', drop), beat], [leading({ cali1: 'a', cali2: 'a' })])
  expect(between(known, alone)).toEqual([['add-elements pods: 1']])
})

test('of a set, only what differs is changed', () => {
  const chains = [chain('a', drop), chain('b', accept)]
  const known = content(chains, [leading({ cali1: 'a', cali2: 'a', cali3: 'b' })])
  const desired = content(chains, [leading({ cali1: 'a', cali2: 'b', cali4: 'a' })])
  expect(between(known, desired)).toEqual([['delete-elements pods: 2', 'add-elements pods: 2']])
})

test('a chain whose rules differ is filled anew in one batch; others are left alone', () => {
  const known = content([chain('a', drop), chain('b', accept)])
  const desired = content([chain('a', drop, accept), chain('b', accept)])
  expect(between(known, desired)).toEqual([['replace-rules a']])
})

test('a set of another form takes the whole table along, without a moment in between', () => {
  const known = content(
    [base('forward', accept)],
    [leading({}, { name: 'pods', key: ['mark'], data: 'verdict' })],
  )
  const desired = content([base('forward', accept)], [leading({})])
  const [first, ...others] = between(known, desired)
  expect(first?.slice(0, 2)).toEqual(['delete-table', 'add-table'])
  expect(others).toEqual([])
})

test('what others put into our table goes, and a table that they switched off is switched on', () => {
  const known: TableContent = {
    ...content([base('forward', accept), chain('theirs', accept)]),
    isDormant: true,
  }
  expect(between(known, content([base('forward', accept)]))).toEqual([
    ['add-table'],
    ['later:', 'flush-chain theirs', 'delete-chain theirs'],
  ])
})

test('named objects and flowtables go after all that may name them', () => {
  const known: TableContent = {
    ...content([base('forward', accept), chain('theirs', accept)]),
    objects: [{ name: 'o', kind: 'counter', code: 1, handle: 7n }],
    flowtables: [{ name: 'f', handle: 8n, priority: 0, devices: [] }],
  }
  expect(between(known, content([base('forward', accept)]))).toEqual([
    ['later:', 'flush-chain theirs', 'delete-chain theirs', 'delete-object', 'delete-flowtable'],
  ])
})

test('a base chain that is not wanted goes at once, since nothing leads to it', () => {
  const known = content([base('forward', accept), chain('a', drop)])
  expect(between(known, content([chain('a', drop)]))).toEqual([
    ['flush-chain forward', 'delete-chain forward'],
  ])
})

test('a table that is not desired any more decides nothing from now on, and is removed later', () => {
  const known = content([base('forward', accept), chain('a', drop)])
  const { batches, removals } = changesBetween([known], [])
  expect(batches.map(steps)).toEqual([['flush-chain forward', 'delete-chain forward']])
  expect(steps(removals)).toEqual(['delete-table'])
})

test('devices of a base chain come and go, in any order, and the chain stays', () => {
  const on = (...devices: string[]): TableContent => {
    const hook = { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept', devices } as const
    return content([{ chain: { name: 'early', hook }, rules: [drop] }])
  }
  expect(between(on('a', 'b'), on('b', 'a'))).toEqual([])
  expect(between(on('a', 'b'), on('b', 'c'))).toEqual([['add-chain early', 'delete-devices']])
  expect(between(on('a', 'b'), on('a'))).toEqual([['delete-devices']])
})

test('the policy of a base chain is changed while the chain stays', () => {
  const { chain, rules } = base('forward', accept)
  const dropping = { ...chain, hook: chain.hook && ({ ...chain.hook, policy: 'drop' } as const) }
  const known = content([{ chain, rules }])
  expect(between(known, content([{ chain: dropping as typeof chain, rules }]))).toEqual([
    ['add-chain forward'],
  ])
})
