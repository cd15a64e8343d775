/** What a client is told when the store could not do its part. */
import {
  AlreadyExistsError,
  ConflictError,
  NotFoundError,
  RequestTooLargeError,
  StoreClosedError,
  StoreUnreachableError,
} from '@margay/storage'
import { ApiError } from './api-error.ts'

/**
 * Undefined for what only the log should tell. With one server on a store its lock keeps writes apart; with several,
 * another one may have written in between, and the store says so.
 */
export function storeFailure(error: unknown): ApiError | undefined {
  if (error instanceof ConflictError || error instanceof NotFoundError || error instanceof AlreadyExistsError)
    return writtenMeanwhile(error)
  if (error instanceof RequestTooLargeError)
    return new ApiError(413, 'RequestEntityTooLarge', error.message, { cause: error })
  if (error instanceof StoreUnreachableError) return unavailable('the store does not answer', error)
  if (error instanceof StoreClosedError) return unavailable('the server is stopping', error)
  return undefined
}

function writtenMeanwhile(cause: Error): ApiError {
  const message = 'another server has written the object meanwhile; please read it again and retry'
  return new ApiError(409, 'Conflict', message, { cause })
}

function unavailable(message: string, cause: Error): ApiError {
  return new ApiError(503, 'ServiceUnavailable', `${message}; please retry`, {
    details: { retryAfterSeconds: 1 },
    headers: { 'Retry-After': '1' },
    cause,
  })
}
