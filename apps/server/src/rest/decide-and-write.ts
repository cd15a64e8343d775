/**
 * A write in three steps: read, decide by what was read, store. What was read goes along with what is stored, as preconditions; when
 * somebody else has changed it before, the three steps begin anew.
 *
 * Holds  No write is stored whose decision has become wrong meanwhile, however many servers share the store.
 */
import type { Environment } from '../environment.ts'
import { isChangedMeanwhile } from './changed-meanwhile.ts'

/** Together with the pauses between them about a second. Then the client gets a 409, and may try again. */
const maxAttempts = 10

/**
 * An attempt may store something only as its last step that can fail so.
 * @throws what the last attempt threw
 */
export async function decideAndWrite<T>(
  environment: Pick<Environment, 'writes' | 'clock' | 'random'>,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await environment.writes.run(attempt)
    } catch (error) {
      if (n === maxAttempts || !isChangedMeanwhile(error)) throw error
      await pause(environment, n)
    }
  }
}

/** The first is short, since mostly one other write was in the way; by chance, so that two servers do not go on in step. */
function pause({ clock, random }: Pick<Environment, 'clock' | 'random'>, attempt: number): Promise<void> {
  const longestMs = Math.min(2 ** attempt, 200)
  const share = ((random.bytes(1)[0] ?? 0) + 1) / 256
  return new Promise((resolve) => clock.after(longestMs * share, resolve))
}
