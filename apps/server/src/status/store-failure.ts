/** What a client is told when the store could not do its part. */
import { RequestTooLargeError, StoreClosedError, StoreUnreachableError } from '@margay/storage'
import { isChangedMeanwhile } from '../rest/changed-meanwhile.ts'
import { ApiError, unavailable } from './api-error.ts'

/** Undefined for what only the log should tell. */
export function storeFailure(error: unknown): ApiError | undefined {
  if (isChangedMeanwhile(error)) return writtenMeanwhile(error)
  if (error instanceof RequestTooLargeError)
    return new ApiError(413, 'RequestEntityTooLarge', error.message, { cause: error })
  if (error instanceof StoreUnreachableError) return unavailable('the store does not answer', error)
  if (error instanceof StoreClosedError) return unavailable('the server is stopping', error)
  return undefined
}

/** Again and again: a write that was overtaken once begins anew by itself. */
function writtenMeanwhile(cause: Error): ApiError {
  const message =
    'the object, or what it depends on, was written by others meanwhile; please read it again and retry'
  return new ApiError(409, 'Conflict', message, { cause })
}
