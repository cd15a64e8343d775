/** Runs `work` for every item, at most `limit` at a time. After the first failure no new one starts; it is thrown. */
export async function forEachLimited<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let isFailed = false
  const worker = async () => {
    while (next < items.length && !isFailed) {
      const index = next++
      try {
        await work(items[index] as Item, index)
      } catch (error) {
        isFailed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
