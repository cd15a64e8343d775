import { expect, test } from 'vitest'
import { openLoop } from './open-loop.ts'

test('as many as come in that time are asked, though none is answered before the last', async () => {
  const waiting: (() => void)[] = []
  const answered = await openLoop(1000, 50, () => {
    const answer = new Promise<void>((resolve) => waiting.push(resolve))
    if (waiting.length === 50) for (const resolve of waiting) resolve()
    return answer
  })
  expect(answered).toHaveLength(50)
})

test('what waits behind others counts from when it was due', async () => {
  const latenciesMs = await openLoop(1000, 20, async () => {
    const until = performance.now() + 5
    while (performance.now() < until);
  })
  expect(Math.max(...latenciesMs)).toBeGreaterThan(50)
})
