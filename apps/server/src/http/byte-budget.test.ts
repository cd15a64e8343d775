import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

const [one, two, three] = [{}, {}, {}]

test('a connection gets a quarter, a user a half, and all together the whole', () => {
  const budget = new ByteBudget(100)
  expect(budget.take({ user: 'a', connection: one }, 20)).toBe(true)
  expect(budget.take({ user: 'a', connection: one }, 6)).toBe(false)
  expect(budget.take({ user: 'a', connection: one }, 5)).toBe(true)
  expect(budget.take({ user: 'a', connection: two }, 25)).toBe(true)
  expect(budget.hasRoom({ user: 'a', connection: three })).toBe(false)
  expect(budget.hasRoom({ user: 'b', connection: three })).toBe(true)
  expect(budget.take({ user: 'b', connection: three }, 25)).toBe(true)
  expect(budget.take({ user: 'c', connection: {} }, 26)).toBe(false)
  expect(budget.take({ user: 'c', connection: {} }, 25)).toBe(true)
  expect(budget.hasRoom({ user: 'd', connection: {} })).toBe(false)
})

test('what is larger than all there is passes alone', () => {
  const budget = new ByteBudget(100)
  const holder = { user: 'a', connection: one }
  expect(budget.take(holder, 1000)).toBe(true)
  expect(budget.take({ user: 'b', connection: two }, 1)).toBe(false)
  budget.giveBack(holder, 1000)
  expect(budget.take({ user: 'b', connection: two }, 1)).toBe(true)
})

test('what found no room is not worth making again, until something is given back', () => {
  const budget = new ByteBudget(100)
  const holder = { user: 'a', connection: one }
  const other = { user: 'a', connection: two }
  budget.take(holder, 20)
  expect(budget.hasRoom(holder)).toBe(true)
  expect(budget.take(holder, 20)).toBe(false)
  expect([budget.hasRoom(holder), budget.hasRoom(other)]).toEqual([false, true])
  budget.giveBack(holder, 1)
  expect(budget.hasRoom(holder)).toBe(true)
})

test('whatever was taken and given back, as much is free as before', () => {
  const holders = [one, two].flatMap((connection) => ['a', 'b'].map((user) => ({ user, connection })))
  const takes = fc.array(fc.tuple(fc.nat(3), fc.nat(40)))
  fc.assert(
    fc.property(takes, (wishes) => {
      const budget = new ByteBudget(100)
      const taken = wishes.flatMap(([n, bytes]) => {
        const holder = holders[n] ?? { user: '', connection: {} }
        return budget.take(holder, bytes) ? [{ holder, bytes }] : []
      })
      for (const { holder, bytes } of taken) budget.giveBack(holder, bytes)
      for (const holder of holders.filter(({ user }, n) => user === (n < 2 ? 'a' : 'b')))
        expect(budget.take(holder, 25)).toBe(true)
      for (const user of ['c', 'd']) expect(budget.take({ user, connection: {} }, 25)).toBe(true)
    }),
  )
})
