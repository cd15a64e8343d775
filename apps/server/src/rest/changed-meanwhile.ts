/** Somebody else has written between our read and our write. */
import { AlreadyExistsError, ConflictError, NotFoundError, PreconditionError } from '@margay/storage'

/** What was there is another version now, or gone; or what was not there is. Nothing was written. */
export function isChangedMeanwhile(error: unknown): error is Error {
  return (
    error instanceof PreconditionError ||
    error instanceof ConflictError ||
    error instanceof NotFoundError ||
    error instanceof AlreadyExistsError
  )
}

/** Undefined instead of such an error. */
export async function unlessChanged<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write
  } catch (error) {
    if (isChangedMeanwhile(error)) return undefined
    throw error
  }
}
