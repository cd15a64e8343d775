import { ConflictError, PreconditionError, StoreUnreachableError } from '@margay/storage'
import { expect, test } from 'vitest'
import { decideAndWrite } from './decide-and-write.ts'
import { WriteLock } from './write-lock.ts'

const pauses: number[] = []
const environment = {
  writes: new WriteLock(),
  clock: {
    now: () => new Date(0),
    after: (ms: number, callback: () => void) => {
      pauses.push(ms)
      setImmediate(callback)
      return () => undefined
    },
  },
  random: { uuid: () => '', bytes: () => Uint8Array.of(255) },
}
const changed = new PreconditionError({ collection: '/g/k/', revision: 1n })

test('a write that was overtaken is decided anew, and what the last attempt made is the answer', async () => {
  const failures = [changed, new ConflictError('/a', 1n, 2n)]
  const answer = await decideAndWrite(environment, async () => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    return 'written'
  })
  expect(answer).toBe('written')
})

test('others go on meanwhile: the pause holds no lock', async () => {
  const order: string[] = []
  const first = decideAndWrite(environment, async () => {
    order.push('first')
    if (order.length === 1) throw changed
  })
  await Promise.all([first, decideAndWrite(environment, async () => order.push('second'))])
  expect(order).toEqual(['first', 'second', 'first'])
})

test('after ten attempts it gives up, with longer and longer pauses, none above 200 ms', async () => {
  pauses.length = 0
  let attempts = 0
  const writing = decideAndWrite(environment, async () => {
    attempts++
    throw changed
  })
  await expect(writing).rejects.toBe(changed)
  expect(attempts).toBe(10)
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 200, 200])
})

test('what is not known to have left nothing behind is not tried again', async () => {
  const lost = new StoreUnreachableError(['http://etcd:2379'], 'gone', undefined)
  let attempts = 0
  const writing = decideAndWrite(environment, async () => {
    attempts++
    throw lost
  })
  await expect(writing).rejects.toBe(lost)
  expect(attempts).toBe(1)
})
