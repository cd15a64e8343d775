import { expect, test } from 'vitest'
import { goTo, rule } from '../emit/expressions.ts'
import { Names } from '../nft/names.ts'
import { table } from '../nft/table.ts'
import { LiveTable } from './live-table.ts'
import { type Place, Slots } from './slots.ts'

const place = (chain: string): Place => ({
  lead: { text: chain, rules: [rule(goTo(chain))] },
  name: `pod of ${chain}`,
})

function opened() {
  const live = new LiveTable(table('inet'))
  const slots = new Slots(
    { direction: 'Ingress', version: 4 },
    { table: live, names: new Names(), edition: 0 },
  )
  const change = (gone: readonly string[], wanted: Readonly<Record<string, string>>) => {
    const { set, elements } = slots.change(
      gone,
      new Map(Object.entries(wanted).map(([it, to]) => [it, place(to)])),
    )
    const step = live.takeStep()
    for (const element of elements) live.putElement(set.name, element)
    live.takeStep()
    return { rules: [...(step?.after.chains.keys() ?? [])], sets: [...(step?.after.sets.keys() ?? [])] }
  }
  /** Interface ▶ where packets to it come to. */
  const leads = () => {
    const { sets, chains } = live.content()
    const { pods, slots: bySlot } = slots.maps
    const elementsOf = (name: string) => [...(sets.get(name)?.elements ?? [])]
    return Object.fromEntries(
      elementsOf(pods.name).map(({ key, data }) => {
        const slot = elementsOf(bySlot.name).find((it) => String(it.key) === String(data))
        const { chain } = (slot?.data ?? { chain: '' }) as { chain: string }
        const verdict = chains.get(chain)?.rules[0]?.expressions.at(-1) as { verdict: { chain: string } }
        return [new TextDecoder().decode(key).replaceAll('\0', ''), verdict.verdict.chain]
      }),
    )
  }
  return { live, slots, change, leads }
}

test('pods of one group share a slot, and one more of them is only an element', () => {
  const { change, leads } = opened()
  change([], { a: 'web', b: 'web', c: 'db' })
  const more = change([], { d: 'web' })
  expect(more).toEqual({ rules: [], sets: [] })
  expect(leads()).toEqual({ a: 'web', b: 'web', c: 'db', d: 'web' })
})

test('when all of a slot come under another group, one rule changes', () => {
  const { change, leads, slots } = opened()
  change([], { a: 'web', b: 'web', c: 'db' })
  const { rules, sets } = change([], { a: 'other', b: 'other' })
  expect({ rules: rules.length, sets, edition: slots.edition }).toEqual({ rules: 1, sets: [], edition: 0 })
  expect(leads()).toEqual({ a: 'other', b: 'other', c: 'db' })
})

test('when some of a slot come under another group, all interfaces are entered in another map', () => {
  const { change, leads, slots } = opened()
  change([], { a: 'web', b: 'web', c: 'db' })
  const { sets } = change([], { b: 'db' })
  expect(sets).toContain('to-pods-4.1')
  expect(slots.edition).toBe(1)
  expect(leads()).toEqual({ a: 'web', b: 'db', c: 'db' })
})

test('a slot that all leave for different groups is there until packets have had time to go on', () => {
  const { change, leads, slots, live } = opened()
  change([], { a: 'web', b: 'web' })
  change([], { a: 'one', b: 'two' })
  expect(leads()).toEqual({ a: 'one', b: 'two' })
  const slotCount = () => live.content().sets.get('to-slots-4')?.elements.length
  expect([slotCount(), live.content().chains.size]).toEqual([3, 3])
  slots.tidy()
  expect([slotCount(), live.content().chains.size]).toEqual([2, 2])
})

test('an interface that is another pod’s in the same moment keeps its element where it stays in its slot', () => {
  const { change, leads, slots } = opened()
  change([], { a: 'web', b: 'db' })
  change([], { a: 'web' })
  expect(slots.edition).toBe(0)
  expect(leads()).toEqual({ a: 'web', b: 'db' })
})

test('with its last interface a slot goes, and one that led there at first does not take its name', () => {
  const { change, leads, live } = opened()
  change([], { a: 'web' })
  change([], { a: 'db' })
  change([], { b: 'web' })
  expect(leads()).toEqual({ a: 'db', b: 'web' })
  change(['a', 'b'], {})
  expect([...live.content().chains.keys()]).toEqual([])
  expect(leads()).toEqual({})
})
