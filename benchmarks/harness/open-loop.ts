/** Load that comes at its own pace, whether answers come or not. */

/**
 * Milliseconds of each answer, from the moment at which it was due to be asked for: what waits behind others counts, also where
 * that was in this process.
 */
export async function openLoop(
  perSecond: number,
  durationMs: number,
  operation: () => Promise<unknown>,
): Promise<number[]> {
  const latenciesMs: number[] = []
  const answers: Promise<void>[] = []
  const startMs = performance.now()
  const ask = async (dueMs: number) => {
    await operation()
    latenciesMs.push(performance.now() - dueMs)
  }
  const count = Math.max(1, Math.floor((perSecond * durationMs) / 1000))
  for (let asked = 0; asked < count; ) {
    for (; asked < count; asked++) {
      const dueMs = startMs + (1000 * asked) / perSecond
      if (dueMs > performance.now()) break
      answers.push(ask(dueMs))
    }
    // A timer would come up to a millisecond late, which is more than what is measured.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(answers)
  return latenciesMs
}
