/** Work on one of many objects, which other servers may change at the same time. */
import { ConflictError, NotFoundError, type StoredObject } from '@margay/storage'
import type { Environment } from '../environment.ts'

/** Begins anew with what is there, as often as others are faster; each time one of them has come on. */
export async function forPresent(
  { store }: Environment,
  listed: StoredObject,
  task: (stored: StoredObject) => Promise<unknown>,
): Promise<void> {
  let present: StoredObject | undefined = listed
  while (present !== undefined) {
    try {
      await task(present)
      return
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error
      present = await store.get(listed.key)
    }
  }
}
