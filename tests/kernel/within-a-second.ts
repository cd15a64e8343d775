import { expect } from 'vitest'

const limitMs = 1000
const mostAttempts = 3

/**
 * What `work` waits for takes less than a second, as the agent promises. Where something else had the processor for so long, it is done
 * again: what is slow by itself is slow each time. That it happens at all, `work` says, and each time.
 */
export async function withinASecond(work: () => Promise<void>): Promise<void> {
  let tookMs = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < mostAttempts && tookMs >= limitMs; attempt++) {
    const since = performance.now()
    await work()
    tookMs = performance.now() - since
  }
  expect(tookMs).toBeLessThan(limitMs)
}
