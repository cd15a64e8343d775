import type { AuditEvent } from '@margay/server'

/** The records of several logs by their times; those of one log stay in its order, whatever their times. */
export async function* mergeLogs(logs: readonly AsyncIterator<AuditEvent>[]): AsyncGenerator<AuditEvent> {
  const heads = await Promise.all(logs.map((log) => log.next()))
  for (;;) {
    const first = earliest(heads)
    const head = heads[first]
    if (head === undefined || head.done === true) return
    yield head.value
    heads[first] = (await logs[first]?.next()) ?? head
  }
}

/** The index of the head to come next; of equal times that of the first log. */
function earliest(heads: readonly IteratorResult<AuditEvent>[]): number {
  const times = heads.map(({ done, value }) => (done === true ? undefined : value.requestReceivedTimestamp))
  return times.reduce<number>((best, time, index) => {
    const other = times[best]
    return time !== undefined && (other === undefined || time < other) ? index : best
  }, 0)
}
