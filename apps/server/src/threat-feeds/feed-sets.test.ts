import { type Cidr, formatCidr, mergeCidrs, parseCidr, subtractCidrs } from '@margay/netset'
import { MemoryStore } from '@margay/storage'
import { beforeEach, describe, expect, test } from 'vitest'
import { FeedChangedError, FeedSets } from './feed-sets.ts'
import { aFeed, FeedWorld } from './feeds.testkit.ts'
import { setKey } from './kinds.ts'

let world: FeedWorld
let sets: FeedSets
beforeEach(async () => {
  world = new FeedWorld(new MemoryStore())
  sets = new FeedSets(world.parts)
  await world.apply('a', aFeed())
})

/** Every second address from an offset. */
function addresses(count: number, from: number): Cidr[] {
  return Array.from(
    { length: count },
    (_, n): Cidr => ({ version: 4, base: BigInt(0x0a000000 + from + 2 * n), prefixLength: 32 }),
  )
}

async function held(): Promise<Cidr[]> {
  return mergeCidrs(
    (await world.sets()).flatMap(({ spec }) => (spec?.nets ?? []).flatMap((text) => parseCidr(text) ?? [])),
  )
}

const lists: readonly (readonly [string, Cidr[]])[] = [
  ['long', addresses(40_000, 0)],
  ['all shifted', addresses(40_000, 30_000)],
  ['grown in front', mergeCidrs([...addresses(40_000, 30_000), ...addresses(20_000, -40_000)])],
  [
    'half of it, in one network',
    mergeCidrs([{ version: 4, base: 0x0a000000n, prefixLength: 16 }, ...addresses(10_000, 80_000)]),
  ],
  ['short', addresses(10, 30_000)],
  ['other', addresses(30_000, 1)],
  ['none', []],
]

test('what is listed before and after is in a set at each moment in between, and each list comes out whole', async () => {
  let before: Cidr[] = []
  let kept: Cidr[] = []
  const gaps: string[] = []
  for (const write of ['create', 'update', 'delete'] as const) {
    const real = world.store[write].bind(world.store) as (...given: never[]) => Promise<never>
    const checked = async (...given: never[]): Promise<never> => {
      const stored = await real(...given)
      gaps.push(...subtractCidrs(kept, await held()).map(formatCidr))
      return stored
    }
    Object.assign(world.store, { [write]: checked })
  }
  for (const [, list] of lists) {
    kept = subtractCidrs(before, subtractCidrs(before, list))
    const count = await sets.publish(await world.feed(), list)
    expect(await held()).toEqual(list)
    expect(await world.sets()).toHaveLength(count)
    before = list
  }
  expect(gaps).toEqual([])
}, 60_000)

test('names are numbered, and all have the labels', async () => {
  await sets.publish(await world.feed(), addresses(40_000, 0))
  const found = await world.sets()
  expect(found.map(({ metadata }) => metadata.name)).toEqual([
    'threatfeed.a',
    'threatfeed.a-2',
    'threatfeed.a-3',
    'threatfeed.a-4',
  ])
  expect(found.map(({ metadata }) => metadata.labels)).toEqual(found.map(() => ({ feed: 'bad' })))
})

test('what is the same is not written', async () => {
  await sets.publish(await world.feed(), addresses(40_000, 0))
  const before = await world.store.currentRevision()
  await sets.publish(await world.feed(), addresses(40_000, 0))
  expect(await world.store.currentRevision()).toBe(before)
})

test('where one of the names is taken, nothing is written', async () => {
  const set = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 'threatfeed.a-2' },
  }
  await world.store.create(setKey('threatfeed.a-2'), set)
  const before = await world.store.currentRevision()
  await expect(sets.publish(await world.feed(), addresses(40_000, 0))).rejects.toThrow('threatfeed.a-2')
  expect(await world.store.currentRevision()).toBe(before)
})

describe('for a feed that', () => {
  test('was changed meanwhile nothing is written', async () => {
    const old = await world.feed()
    await world.apply('a', aFeed({ description: 'x' }))
    await expect(sets.publish(old, addresses(1, 0))).rejects.toThrow(FeedChangedError)
    expect(await world.sets()).toEqual([])
  })

  test('is gone neither', async () => {
    const old = await world.feed()
    await world.delete('a')
    await expect(sets.publish(old, addresses(1, 0))).rejects.toThrow(FeedChangedError)
    expect(await world.sets()).toEqual([])
  })
})

test('what people add to a set stays, but for labels', async () => {
  await sets.publish(await world.feed(), addresses(1, 0))
  const stored = await world.store.get(setKey('threatfeed.a'))
  if (stored === undefined) throw new Error('no set')
  const { metadata } = stored.value
  const marked = { ...metadata, annotations: { note: 'x' }, labels: { other: 'y' } }
  await world.store.update(stored.key, { ...stored.value, metadata: marked }, stored.revision)
  await sets.publish(await world.feed(), addresses(2, 0))
  expect((await world.sets())[0]?.metadata).toMatchObject({
    annotations: { note: 'x' },
    labels: { feed: 'bad' },
    generation: 2,
  })
  expect((await world.sets())[0]?.metadata.labels).not.toHaveProperty('other')
})
