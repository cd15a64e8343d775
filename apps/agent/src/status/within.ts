import type { Clock } from '@margay/client'

/** What `work` comes to, unless that takes longer. @throws Error when it does, and what `work` throws */
export async function within<T>(ms: number, work: Promise<T>, clock: Pick<Clock, 'after'>): Promise<T> {
  let cancel: () => void = () => undefined
  const tooLate = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error(`nothing is known after ${ms / 1000} s`)))
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    cancel()
  }
}
