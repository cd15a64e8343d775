import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { forEachLimited } from './limit.ts'

test('every item is worked on once, never more than the limit at a time', async () => {
  let running = 0
  let peak = 0
  const done: number[] = []
  await forEachLimited([...Array(20).keys()], 3, async (item) => {
    peak = Math.max(peak, ++running)
    await nextTurn()
    running--
    done.push(item)
  })
  expect(peak).toBe(3)
  expect(done.sort((a, b) => a - b)).toEqual([...Array(20).keys()])
})

test('after a failure no new item starts, those under way end first, and the failure is thrown', async () => {
  const [started, ended]: [number[], number[]] = [[], []]
  const work = forEachLimited([0, 1, 2, 3, 4], 2, async (item) => {
    started.push(item)
    if (item === 1) throw new Error('broken')
    await nextTurn()
    ended.push(item)
  })
  await expect(work).rejects.toThrow('broken')
  expect(started).toEqual([0, 1])
  expect(ended).toEqual([0])
})

test('nothing to do is done at once', async () => {
  await expect(forEachLimited([], 5, async () => expect.fail('no item'))).resolves.toBeUndefined()
})
