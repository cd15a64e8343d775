import { expect, test } from 'vitest'
import type { StoreEvent } from '../store.ts'
import { EventLog } from './event-log.ts'
import { follow } from './follow.ts'

function logOf(count: number): EventLog {
  const log = new EventLog({ keepEvents: 1000, currentRevision: 0n, compactedRevision: 0n })
  for (let n = 1; n <= count; n++) log.append(event(n))
  return log
}

/** Every third one is below /b/. */
function event(n: number): StoreEvent {
  const name = `o${n}`
  const value = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  return { type: 'Added', object: { key: `/${n % 3 === 0 ? 'b' : 'a'}/${name}`, value, revision: BigInt(n) } }
}

function started(log: EventLog, prefix: string, onProgress?: (revision: bigint) => void) {
  const { signal } = new AbortController()
  const options = { fromRevision: 0n, signal, ...(onProgress === undefined ? {} : { onProgress }) }
  return follow(log, prefix, options, signal)
}

function revisions(events: readonly StoreEvent[]): number[] {
  return events.map(({ object }) => Number(object.revision))
}

async function next(watch: AsyncGenerator<readonly StoreEvent[]>): Promise<readonly StoreEvent[]> {
  const { done, value } = await watch.next()
  return done === true ? [] : value
}

test('who is far behind gets all there is, in parts of at most 100', async () => {
  const parts: number[][] = []
  for await (const events of started(logOf(370), '/a/')) {
    parts.push(revisions(events))
    if (parts.flat().at(-1) === 370) break
  }
  expect(parts.map(({ length }) => length)).toEqual([100, 100, 47])
  expect(parts.flat()).toEqual(Array.from({ length: 370 }, (_, i) => i + 1).filter((n) => n % 3 !== 0))
})

test('those who are equally far get the same array', async () => {
  const log = logOf(10)
  const [first, second] = await Promise.all([next(started(log, '/b/')), next(started(log, '/b/'))])
  expect(revisions(first)).toEqual([3, 6, 9])
  expect(second).toBe(first)
})

test('what is appended while a watcher looks at a part comes with the next one', async () => {
  const log = logOf(2)
  const watch = started(log, '/')
  expect(revisions(await next(watch))).toEqual([1, 2])
  log.append(event(3))
  log.append(event(4))
  expect(revisions(await next(watch))).toEqual([3, 4])
})

test('progress is told of the whole log, also when nothing of it concerns the watcher', async () => {
  const reached: bigint[] = []
  const watch = started(logOf(2), '/b/', (revision) => reached.push(revision))
  void watch.next()
  await expect.poll(() => reached).toEqual([2n])
})
